// What the agent's own pages have beyond what every page has.
#pragma once

#include <string_view>

namespace purposewatch {

inline constexpr std::string_view kWebStyle = R"css(
main, header, footer { max-width: 90rem; padding: 0 2rem; }
header { padding-top: clamp(1rem, 3vh, 2rem); }
.eyebrow b { color: var(--ink); text-transform: none; letter-spacing: .02em; font-size: 1.15em; }
.state { display: flex; gap: 1.1rem; align-items: center; margin: .7rem 0 1rem; padding: 1.1rem 1.4rem; background: var(--card);
  border: 1px solid var(--line); border-left: .45rem solid var(--bar-ok); border-radius: .6rem; }
.state.is-bad { border-left-color: var(--bar-bad); } .state.is-warn { border-left-color: var(--bar-warn); }
.state > svg { flex: none; width: 3.1rem; height: 3.1rem; }
.state h1 { margin: 0; color: var(--ink); font-size: clamp(1.5rem, 3.2vw, 2.15rem); }
.state p { margin: .15rem 0 0; color: var(--soft); }
.state p strong { color: var(--ink); }
.state.is-good p strong { color: var(--good); } .state.is-warn p strong { color: var(--warn); } .state.is-bad p strong { color: var(--bad); }
.sign .mark { fill: none; stroke: var(--card); stroke-width: 2.8; stroke-linecap: round; stroke-linejoin: round; }
.sign .ground { fill: var(--bar-ok); } .sign.is-bad .ground { fill: var(--bar-bad); } .sign.is-warn .ground { fill: var(--bar-warn); }
.concerns { list-style: none; margin: 0 0 1rem; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.concerns li { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: center; padding: .45rem 1.4rem; }
.concerns div { flex: 1 1 12rem; }
.concerns li + li { border-top: 1px solid var(--line); }
.concerns svg { flex: none; width: 1.25rem; height: 1.25rem; }
.concerns small { color: var(--soft); font-size: .92em; margin-left: .7rem; }
.state > div { flex: 1 1 14rem; min-width: 0; }
code.type { color: var(--ink); flex: none; max-width: 100%; background: var(--wash); border-radius: .3rem; padding: .1rem .5rem; }
code.type::before { content: "$ "; color: var(--soft); }
.figures { grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); margin-bottom: .5rem; }
.figures li { padding: .65rem 1rem .75rem; } .figures b { margin: .05rem 0; } .figures span { display: block; }
.figures small, td small { white-space: nowrap; } .figures small { display: block; }
.figures span:first-child { color: var(--soft); font-size: .8rem; letter-spacing: .04em; }
.halves { display: grid; grid-template-columns: minmax(0, 17fr) minmax(0, 10fr); gap: 0 2.25rem; align-items: start; }
section { padding: 1.1rem 0 0; margin: 0; } h2 { font-size: 1.25rem; margin-bottom: .15rem; }
table { margin: 0; } .note { margin: .5rem 0 0; font-size: .87rem; } caption { padding-bottom: .35rem; } th, td { padding: .4rem .7rem; }
td .tag { font-variant-numeric: tabular-nums; padding: 0 .5rem; font-size: .92em; }
.inline td small { display: inline; margin-left: .5rem; } .inline td .tag + small, dd small { white-space: normal; }
.facts { margin: .3rem 0 0; padding: .7rem 1rem; gap: .6rem 1.5rem; background: var(--card); border-width: 1px; border-radius: .6rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 9rem), 1fr)); }
.empty { margin: .3rem 0 0; padding: .6rem 1rem; }
.fill { display: block; width: 100%; height: .45rem; margin-top: .3rem; border-radius: .25rem; background: var(--wash); }
td .fill { min-width: 4rem; margin-top: .45rem; }
.fill rect, .spread rect { fill: var(--bar-ok); } .fill.is-warn rect { fill: var(--bar-warn); } .fill.is-bad rect { fill: var(--bar-bad); }
.spread { display: block; width: 100%; height: 2.4rem; margin-top: .3rem; } .spread rect.none { fill: var(--bar-unknown); }
.links { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 0 0 1rem; }
.links a { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .7rem 1.4rem; text-decoration: none; }
.links a + a { border-top: 1px solid var(--line); } .links a b { font-weight: 400; text-decoration: underline; min-width: 6rem; }
.links span { color: var(--soft); }
.narrow main, .narrow header, .narrow footer { max-width: 46rem; }
footer { margin-top: 1.5rem; padding-top: 0; padding-bottom: 1.5rem; border: 0; } footer p { margin: .2rem 0; }
footer p:first-child { border-top: 1px solid var(--line); padding-top: .8rem; } footer small { font-size: 1em; } footer small::before { content: " ("; } footer small::after { content: ")"; }
@media screen and (max-width: 60rem) {
  main, header, footer { padding-left: 1rem; padding-right: 1rem; }
  .halves { display: block; }
  .state { flex-wrap: wrap; padding: 1rem; gap: .7rem .9rem; } .state > svg { width: 2.4rem; height: 2.4rem; }
  .concerns li { padding: .5rem 1rem; } .concerns small { display: block; margin: 0; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); } .figures li:first-child { grid-column: span 2; }
  tbody tr { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin-bottom: .4rem; padding: .45rem 1rem; }
  tbody th, tbody td, tbody td[data-label] { padding: 0; } tbody th { flex: 1 0 100%; }
  tbody td[data-label] { display: flex; gap: .35rem; align-items: baseline; }
  .inline tbody th { flex: 1 0 8rem; } td .fill { display: none; }
  .links a { padding: .7rem 1rem; }
}
)css";

}  // namespace purposewatch

// How every page looks: light or dark, on a wide screen and on a telephone.
#pragma once

#include <string_view>

namespace purposewatch {

inline constexpr std::string_view kPageStyle = R"css(
:root { color-scheme: light dark; --ink: #1c2128; --soft: #555e69; --paper: #f8f7f4; --card: #ffffff; --line: #dcd9d2;
  --link: #14508c; --good: #19663b; --bad: #a3201c; --warn: #7d4a00; --wash: #f0eee9; --bar-ok: #4a9a6c; --bar-bad: #c0392f; --bar-warn: #c98a1b;
  --bar-unknown: #b9b6ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ec; --soft: #a9b2bc; --paper: #131619; --card: #1b1f24;
  --line: #343a42; --link: #8cbcf2; --good: #66d097; --bad: #ff958c; --warn: #f0b866; --wash: #23282e; --bar-ok: #3f9464;
  --bar-bad: #e5635a; --bar-warn: #d9a441; --bar-unknown: #565d66; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto,
  "Noto Sans", sans-serif; overflow-wrap: break-word; }
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
h1, h2, h3 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", Georgia, serif; font-weight: 600;
  line-height: 1.2; text-wrap: balance; }
h1 { font-size: clamp(1.8rem, 5vw, 2.6rem); margin: .3rem 0 1rem; letter-spacing: -.01em; }
h2 { font-size: 1.5rem; margin: 0 0 .4rem; }
h3 { font-size: 1.1rem; margin: 0; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .2rem; }
code { overflow-wrap: anywhere; font: .86em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 1; }
header { padding-top: clamp(1.5rem, 6vh, 4rem); }
.eyebrow { margin: 0; color: var(--soft); font-size: .8rem; letter-spacing: .12em; text-transform: uppercase; }
.answer { font-size: clamp(1.1rem, 2.6vw, 1.3rem); line-height: 1.5; margin: 0 0 1.5rem; padding: .2rem 0 .2rem 1.1rem;
  border-left: .3rem solid var(--good); max-width: 46rem; }
.answer.attention { border-color: var(--bad); }
.answer strong { display: block; font-size: .95rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: .9rem 2rem; margin: 0 0 1.75rem;
  padding: 1rem 0; border: solid var(--line); border-width: 1px 0; font-size: .93rem; }
.facts dt { color: var(--soft); font-size: .8rem; } .facts dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0 0 1.75rem; padding: 0;
  list-style: none; }
.figures li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.figures b { display: block; overflow-wrap: anywhere; font: 600 clamp(1.35rem, 4.5vw, 1.7rem)/1.2 "Iowan Old Style", "Palatino Linotype", Palatino, "Noto Serif", Georgia, serif;
  font-variant-numeric: tabular-nums lining-nums; }
.figures span { color: var(--soft); font-size: .87rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; margin: 0 0 1rem; padding: 0; }
nav a { display: inline-block; padding: .25rem 0; }
section { margin: 0 0 1rem; padding: 2rem 0 0; }
section > p, .note { color: var(--soft); max-width: 46rem; margin: 0 0 1rem; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); font-size: .92rem;
  margin: 0 0 1rem; }
caption { text-align: left; color: var(--soft); padding: 0 0 .5rem; font-size: .87rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem .8rem; border-top: 1px solid var(--line); }
thead th { background: var(--wash); color: var(--soft); font-weight: 600; font-size: .82rem; border-top: 0; white-space: nowrap; }
tbody th { font-weight: 600; } tbody th code { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td small, th small, .facts small { display: block; color: var(--soft); font-weight: 400; font-size: .87em; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .55rem; font-size: .8rem; font-weight: 600;
  white-space: nowrap; }
.is-good { color: var(--good); } .is-bad { color: var(--bad); } .is-warn { color: var(--warn); } .is-soft { color: var(--soft); }
.empty { background: var(--card); border: 1px dashed var(--line); border-radius: .6rem; padding: .9rem 1.1rem; color: var(--soft); }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; padding-bottom: 3rem; color: var(--soft); font-size: .87rem; }
@media screen and (max-width: 60rem) {
  main, header, footer { padding-left: 1rem; padding-right: 1rem; }
  table, caption, tbody, tr, th, td { display: block; width: auto; }
  table { border: 0; background: none; }
  thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; white-space: nowrap; }
  tbody tr { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: 0 0 .75rem; padding: .35rem 0; }
  tbody th, tbody td { border: 0; padding: .25rem 1rem; text-align: left; white-space: normal; }
  tbody td.number { text-align: left; } tbody td > div { min-width: 0; overflow-wrap: anywhere; }
  tbody td[data-label] { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .6rem; }
  tbody td[data-label]::before { content: attr(data-label); color: var(--soft); font-size: .87em; }
  tbody td.blank { display: none; }
}
)css";

}  // namespace purposewatch

// What the report has beyond what every page has, and how it looks on paper.
#pragma once

#include <string_view>

namespace purposewatch {

inline constexpr std::string_view kReportStyle = R"css(
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.25rem; }
.card.bad { border-top: .25rem solid var(--bar-bad); } .card.good { border-top: .25rem solid var(--bar-ok); }
.card.warn { border-top: .25rem solid var(--bar-warn); }
.card.none { border-top: .25rem solid var(--bar-unknown); }
.card .id { color: var(--soft); font: .8rem system-ui, sans-serif; letter-spacing: .08em; display: block; margin-bottom: .15rem; }
.card p { margin: .35rem 0 .7rem; color: var(--soft); }
.card ul { margin: 0; padding-left: 1.1rem; font-size: .93rem; } .card li { margin: .2rem 0; }
.card details { margin-top: .6rem; font-size: .93rem; }
summary { cursor: pointer; color: var(--link); padding: .3rem 0; }
.chart { display: block; width: 100%; min-width: 9rem; height: 1.5rem; }
rect.track { fill: var(--wash); } rect.ok { fill: var(--bar-ok); } rect.violated { fill: var(--bar-bad); }
rect.unknown { fill: var(--bar-unknown); }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; padding: 0; margin: 0 0 1rem; font-size: .87rem;
  color: var(--soft); }
.legend svg { width: 1.8rem; height: 1rem; vertical-align: middle; margin-right: .4rem; }
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --card: #fff; --line: #bbb; --wash: #f2f2f2; --link: #000; --good: #14532d;
    --bad: #8f1411; --warn: #633a00; --bar-ok: #4a9a6c; --bar-bad: #b3261e; --bar-warn: #c98a1b; --bar-unknown: #bbb; color-scheme: light; }
  @page { margin: 16mm 14mm; }
  body { font-size: 9.5pt; } table { font-size: 8.5pt; } th, td { padding: .4rem .5rem; }
  time, thead th, tbody th code { white-space: normal; } .chart { min-width: 6rem; } .figures { grid-template-columns: repeat(5, 1fr); } .figures b { font-size: 14pt; } main, header, footer { max-width: none; padding: 0; } header { padding-top: 0; }
  .skip, nav, summary { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .cards { grid-template-columns: repeat(2, 1fr); }
  .card, tr, .figures li { break-inside: avoid; } h2, caption { break-after: avoid; } thead { display: table-header-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

}  // namespace purposewatch

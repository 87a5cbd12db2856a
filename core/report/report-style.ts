/** The report's style sheet: system fonts, both colour schemes, phones and paper. Nothing is fetched. */
export const REPORT_STYLE = `
:root { color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2421; --soft: #5f6b65; --line: #e4e2da; --tint: #f1efe8;
  --accepted: #2f7d5b; --rejected: #d99a2b; --failed: #c2453d; --open: #b9bdb8; --accent: #2f7d5b; --link: #23694b;
  --chart-1: #2b6c99; --chart-2: #c8762c; --chart-3: #6b5bab; --chart-4: #35835f; --chart-5: #b4486f; --chart-6: #86802f; --chart-7: #4a9aa5; --chart-8: #8d6a4f; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #141816; --card: #1b201d; --ink: #e7ebe6; --soft: #97a39c; --line: #2c332f; --tint: #222825;
  --accepted: #5cb88d; --rejected: #e0ac4f; --failed: #e2736b; --open: #4c5650; --accent: #5cb88d; --link: #7fcfa8;
  --chart-1: #6fb1dd; --chart-2: #e39b5d; --chart-3: #ab9ee3; --chart-4: #5cb88d; --chart-5: #e48aab; --chart-6: #c2bd6c; --chart-7: #6fc3cd; --chart-8: #c39c7d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
main { max-width: 940px; margin: 0 auto; padding: 56px 24px 72px; }
h1 { font-size: clamp(1.7rem, 5vw, 2.5rem); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 16px; font-weight: 680;
  overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; letter-spacing: -.01em; margin: 52px 0 14px; font-weight: 640; }
h3 { font-size: .98rem; margin: 20px 0 8px; }
p { margin: 0 0 12px; max-width: 70ch; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: 2px; }
code, pre, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code, .mono { font-size: .86em; overflow-wrap: anywhere; }
.soft { color: var(--soft); } .small { font-size: .85rem; }
.eyebrow { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; margin-bottom: 14px; color: var(--soft); font-size: .87rem; }
.state { padding: 2px 11px; border-radius: 99px; font-weight: 600; color: var(--paper); background: var(--soft); }
.state-succeeded { background: var(--accepted); } .state-failed { background: var(--failed); }
.state-blocked, .state-paused { background: var(--rejected); }
.verdict { font-size: 1.16rem; line-height: 1.5; margin: 0 0 14px; padding-left: 16px; border-left: 3px solid var(--accent); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px; margin: 34px 0 0; padding: 0;
  background: var(--line); border: 1px solid var(--line); border-radius: 14px; overflow: hidden; }
.tile { background: var(--card); padding: 16px 18px 14px; }
.tile dt { color: var(--soft); font-size: .82rem; }
.tile dd { margin: 2px 0 0; font-size: 1.62rem; font-weight: 640; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.tile dd small { display: block; font-size: .8rem; font-weight: 400; letter-spacing: 0; color: var(--soft); line-height: 1.4; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px 22px; }
.bar { display: flex; height: 10px; border-radius: 5px; overflow: hidden; background: var(--tint); }
.bar i { display: block; min-width: 3px; } .bar i + i { border-left: 1px solid var(--card); }
.accepted { background: var(--accepted); } .rejected { background: var(--rejected); }
.failed { background: var(--failed); } .open { background: var(--open); }
.sum { display: flex; flex-wrap: wrap; gap: 4px 12px; margin: 14px 0 0; padding: 0; list-style: none; font-variant-numeric: tabular-nums; }
.sum li { white-space: nowrap; } .sum b { font-weight: 640; } .sum li + li + li::before { content: '+'; color: var(--soft); margin-right: 12px; }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 7px; }
.check { display: flex; gap: 10px; margin: 18px 0 0; padding-top: 14px; border-top: 1px solid var(--line); max-width: none; }
.check b { color: var(--accepted); } .check.bad b { color: var(--failed); }
.notes { margin: 0; padding-left: 20px; } .notes li { margin: 0 0 8px; max-width: 70ch; overflow-wrap: anywhere; }
.notes li::marker { color: var(--rejected); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 14px; background: var(--card); margin: 0 0 16px; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: .82rem; white-space: nowrap; }
th, td { padding: 10px 16px; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child > td { border-bottom: 0; }
.num { text-align: right; white-space: nowrap; }
.stages td:first-child { width: 52%; } .stages .bar { height: 7px; margin: 9px 0 7px; max-width: 420px; }
.reasons { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 6px 0 0; padding: 0; list-style: none; font-size: .82rem; color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr)); gap: 0 32px; margin: 0 0 16px; font-size: .94rem; }
.facts div { display: flex; justify-content: space-between; gap: 16px; padding: 7px 0; border-bottom: 1px solid var(--line); }
.facts dt { color: var(--soft); } .facts dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: break-word; min-width: 0; }
.facts.tight dd { flex: none; white-space: nowrap; } .facts.tight { grid-template-columns: repeat(auto-fill, minmax(min(100%, 200px), 1fr)); gap: 0 28px; }
.chart { margin: 0 0 16px; } .chart svg { display: block; width: 100%; height: auto; overflow: visible; font-size: 13px; } .chart .narrow { display: none; }
.chart figcaption { margin: 0 0 12px; } .chart figcaption b { display: block; font-weight: 600; font-size: .98rem; overflow-wrap: anywhere; }
.chart figcaption span { display: block; color: var(--soft); font-size: .87rem; max-width: 70ch; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 0 0 10px; padding: 0; list-style: none; font-size: .84rem; color: var(--soft); }
.legend li { overflow-wrap: anywhere; } .chart details { margin: 12px 0 0; border: 0; background: none; } .chart summary { padding: 0; font-size: .84rem; font-weight: 400; color: var(--soft); }
.chart details[open] > summary { border: 0; margin-bottom: 8px; } .chart .scroll { margin: 0; }
details { border: 1px solid var(--line); border-radius: 12px; background: var(--card); margin: 0 0 10px; }
summary { cursor: pointer; padding: 11px 16px; font-weight: 560; font-size: .94rem; overflow-wrap: anywhere; }
details[open] > summary { border-bottom: 1px solid var(--line); }
pre { margin: 0; padding: 14px 16px; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .83rem; line-height: 1.55; }
footer { margin-top: 56px; padding-top: 18px; border-top: 1px solid var(--line); color: var(--soft); font-size: .84rem; }
@media (max-width: 760px) { .chart .wide { display: none; } .chart .narrow { display: block; max-width: 430px; } }
@media (max-width: 640px) {
  main { padding: 32px 16px 48px; } .card { padding: 16px; } .tiles { grid-template-columns: 1fr 1fr; } .tile { padding: 13px 14px 12px; }
  .tile dd { font-size: 1.35rem; } .tile:last-child:nth-child(odd) { grid-column: 1 / -1; }
  .stages thead { display: none; } .stages tr { display: grid; grid-template-columns: repeat(3, 1fr); padding: 12px 0 10px; border-bottom: 1px solid var(--line); }
  .stages tr:last-child { border-bottom: 0; } .stages td { border: 0; padding: 2px 14px; } .stages td:first-child { grid-column: 1 / -1; width: auto; }
  .stages td.none { display: none; } .reasons { margin-bottom: 8px; } .stages td.num { text-align: left; } .stages td.num::before { content: attr(data-label); display: block; color: var(--soft); font-size: .76rem; } }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --tint: #eee;
    --accepted: #2f7d5b; --rejected: #d99a2b; --failed: #c2453d; --open: #b9bdb8; --link: #000; --chart-1: #2b6c99; --chart-2: #c8762c; --chart-3: #6b5bab; --chart-4: #35835f; --chart-5: #b4486f; --chart-6: #86802f; --chart-7: #4a9aa5; --chart-8: #8d6a4f; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; } h2 { margin-top: 28px; break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .chart details { display: none; } .tiles, .card, tr, details { break-inside: avoid; } }
`.trim();

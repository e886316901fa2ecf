#include "figure/page.h"
#include "figure/specification.h"

// clang-format off

const char gd__page_style[] = GD__VERBATIM(
:root {
    color-scheme: light dark;
    --ground: #f6f7f9; --card: #ffffff; --ink: #1c2430; --muted: #657083; --line: #dfe3ea; --empty: #f0f2f6;
    --one: #3b6fd6; --two: #e8833a; --three: #3a9d7e; --bad: #d1495b; --on-accent: #ffffff; --share: #e3ebfa;
    --series-1: #0072b2; --series-2: #d55e00; --series-3: #009e73; --series-4: #cc79a7; --series-5: #e69f00;
    --series-6: #56b4e9; --series-7: #6b7280; --series-8: #8c510a;
}
@media screen and (prefers-color-scheme: dark) {
    :root {
        --ground: #12161c; --card: #1a2029; --ink: #e6eaf0; --muted: #98a3b3; --line: #2e3744; --empty: #222a35;
        --one: #6d9bf1; --two: #f0a060; --three: #5cc3a1; --bad: #ee7486; --on-accent: #0c1016; --share: #24344f;
        --series-1: #4aa3df; --series-2: #f0803c; --series-3: #2fc095; --series-4: #df9bc1; --series-5: #f2b733;
        --series-6: #8fd0f5; --series-7: #a3acb9; --series-8: #c9925a;
    }
}
* { box-sizing: border-box; }
body {
    margin: 0 auto; padding: 2.2rem 1.2rem 3rem; max-width: 76rem; background: var(--ground); color: var(--ink);
    font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei",
        "Noto Sans CJK SC", sans-serif;
}
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 2.4rem 0 0.8rem; font-size: 1.2rem; }
p { margin: 0.4rem 0; }
header p, .note { color: var(--muted); }
.note { font-size: 0.86rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.6rem, 1fr)); gap: 0.8rem; margin: 1.5rem 0 0; }
.figures div, figure, .card {
    margin: 0; padding: 1rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
}
.figures dt { color: var(--muted); font-size: 0.82rem; }
.figures dd { margin: 0.1rem 0 0; font-size: 1.4rem; font-weight: 600; line-height: 1.3; white-space: nowrap; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 0.8rem; }
.charts > * { min-width: 0; }
.charts .wide { grid-column: 1 / -1; }
figcaption, .card h3 { margin: 0 0 0.5rem; font-size: 0.95rem; font-weight: 600; }
.chart svg { display: block; max-width: 100%; }
.chart:not([data-height]) { overflow-x: auto; }
.chart:not([data-height]) svg { margin: 0 auto; height: auto; }
header + .charts { margin-top: 1.4rem; }
.heading h3 { margin: 0.8rem 0 0; font-size: 1rem; }
.vega-bindings { font-size: 0.84rem; color: var(--muted); margin-top: 0.3rem; }
.vega-bindings label { margin-right: 0.8rem; }
.vega-bindings button {
    margin-right: 0.6rem; padding: 0.2rem 0.8rem; min-width: 6rem; font: inherit; color: var(--ink); cursor: pointer;
    background: var(--empty); border: 1px solid var(--line); border-radius: 6px;
}
.vega-bindings input[type="range"] { width: min(20rem, 50%); vertical-align: middle; }
.vega-bindings input { accent-color: var(--one); }
.scroll { overflow-x: auto; max-width: 100%; }
.tall { overflow: auto; max-height: 34rem; }
.tall th, .tall tfoot td { position: sticky; background: var(--card); }
.tall th { top: 0; z-index: 1; }
.tall tfoot td { bottom: 0; }
.tall table { border-collapse: separate; border-spacing: 0; }
.panel { margin-top: 0.6rem; }
.panel .name { max-width: 12rem; }
.panel dl { display: flex; flex-wrap: wrap; gap: 0.3rem 1.6rem; margin: 0.7rem 0 0; font-size: 0.86rem; }
.panel dl div { min-width: 4.6rem; }
.panel dt { color: var(--muted); }
.panel dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.vega-bind input[type="range"] + span { display: none; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th { color: var(--muted); font-weight: 500; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
th, td { padding: 0.36rem 0.9rem 0.36rem 0; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr + tr td { border-top: 1px solid var(--line); }
tfoot td { border-top: 2px solid var(--line); font-weight: 600; }
.n { text-align: right; white-space: nowrap; }
.name { overflow-wrap: anywhere; min-width: 6rem; }
.best td { font-weight: 600; }
.part { background: linear-gradient(to left, var(--share) var(--width), transparent var(--width)); }
.facts td:first-child { color: var(--muted); white-space: nowrap; width: 1%; padding-right: 1.4rem; }
.facts td { overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.2rem, 1fr)); gap: 0.8rem; }
.pictures figure { padding: 0.7rem; }
.pictures img {
    display: block; width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; border-radius: 6px;
    background: var(--empty);
}
.pictures p { margin: 0.45rem 0 0; font-size: 0.86rem; line-height: 1.35; overflow-wrap: anywhere; }
.inside { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-bottom: 0.6rem; }
.inside figure { padding: 0.3rem; margin: 0; }
.inside figcaption { font-size: 0.78rem; font-weight: normal; }
.inside img { display: block; image-rendering: pixelated; border-radius: 4px; background: var(--empty); width: 64px; }
.inside img.sample { width: 96px; }
.inside img.asked { outline: 2px solid var(--bad); }
.wrong { color: var(--bad); font-weight: 600; }
pre { margin: 0; overflow-x: auto; font: 0.84rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
details { margin-top: 0.8rem; }
details.card { padding: 0.7rem 1.1rem; }
summary { cursor: pointer; color: var(--muted); font-size: 0.9rem; }
details > :not(summary) { margin-top: 0.6rem; }
footer { margin-top: 2.5rem; color: var(--muted); font-size: 0.84rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 14.5rem), 1fr)); gap: 0.7rem; }
.column { min-width: 0; padding: 0.8rem 0.9rem; }
.column h3 {
    margin: 0; overflow: hidden; overflow-wrap: anywhere; line-height: 1.3;
    display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
}
.column figure { margin: 0.5rem 0 0; padding: 0; border: 0; background: none; }
.column .note { margin: 0.15rem 0 0; font-size: 0.8rem; line-height: 1.4; }
.column details { margin-top: 0.4rem; }
.column summary { font-size: 0.8rem; }
.column table { font-size: 0.78rem; }
.column th, .column td { padding: 0.15rem 0.6rem 0.15rem 0; }
.pairs { margin: 0.4rem 0 0; font-size: 0.8rem; }
.pairs div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 0.6rem; }
.pairs dt { color: var(--muted); }
.pairs dd { margin: 0; font-variant-numeric: tabular-nums; }
.bars { margin: 0.5rem 0 0; padding: 0; list-style: none; font-size: 0.8rem; }
.bars li {
    display: flex; justify-content: space-between; gap: 0.6rem; margin-top: 2px; padding: 0.1rem 0.35rem;
    border-radius: 4px; background: linear-gradient(to right, var(--share) var(--width), var(--empty) var(--width));
}
.bars span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.bars .n { flex: none; }
.warnings { margin: 0; padding: 0; list-style: none; }
.warnings li { display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); align-items: baseline; padding: 0.3rem 0; overflow-wrap: anywhere; }
.warnings li + li, .warnings ~ .warnings { border-top: 1px solid var(--line); }
.warnings + details { margin: 0 0 0.4rem; }
.warnings b, .column .wrong { font-size: 0.8rem; font-weight: 600; color: var(--bad); }
.key::before { content: ""; display: inline-block; width: 0.8em; height: 0.8em; margin: 0 0.35em 0 0.9em; border-radius: 2px; background: var(--color); }
.balance { table-layout: fixed; }
.rows td { max-width: 12rem; overflow-wrap: anywhere; }
.tip {
    position: absolute; z-index: 9; pointer-events: none; padding: 0.45rem 0.65rem; border-radius: 7px; font-size: 0.82rem;
    line-height: 1.4; max-width: 18rem; color: var(--ink); background: var(--card); border: 1px solid var(--line);
    box-shadow: 0 4px 14px rgba(0, 0, 0, 0.18); overflow-wrap: anywhere;
}
.tip b { display: block; }
.tip span { display: flex; gap: 1rem; justify-content: space-between; }
@media screen and (prefers-color-scheme: dark) { /* of a scale of colours the dark end, too, is seen */
    .chart svg path[stroke^="rgb"] { filter: brightness(1.8); }
}
@media (max-width: 34rem) {
    body { padding: 1.3rem 0.7rem 2rem; }
    .figures { grid-template-columns: 1fr 1fr; }
    .figures dd { font-size: 1.15rem; }
    .figures div, figure, .card { padding: 0.8rem; }
    .pictures { grid-template-columns: repeat(auto-fill, minmax(6.6rem, 1fr)); gap: 0.5rem; }
    .warnings li { grid-template-columns: 1fr; }
    table { font-size: 0.84rem; }
}
@media print {
    :root { color-scheme: light; font-size: 11px; }
    body { max-width: none; padding: 0; background: none; font-size: 11px; }
    figure, .figures div, .card, tr { break-inside: avoid; }
    .card.long { break-inside: auto; }
    .tall { max-height: none; }
    h2 { break-after: avoid; }
    .vega-bindings, .tip { display: none; }
    .charts { grid-template-columns: 1fr 1fr; }
    .chart svg { height: auto; }
    pre { white-space: pre-wrap; }
}
);

/** Stripes show which bar is which without colors, too. They are printed although backgrounds are not. */
const STRIPES = 'repeating-linear-gradient(45deg, #b3261e 0 3px, #fff 3px 5px)';

/** The looks of a report. No font and no picture is loaded. */
export const CSS = `
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #1b1b1b; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0 0 1rem; font-size: 1.75rem; }
h2 { margin: 2.5rem 0 0.5rem; font-size: 1.25rem; }
.verdict { border-left: 0.4rem solid #1b1b1b; padding-left: 0.8rem; font-size: 1.125rem; }
table { width: 100%; border-collapse: collapse; }
caption { padding: 0.25rem 0; text-align: left; color: #4a4a4a; }
th, td { padding: 0.3rem 0.6rem; border-bottom: 1px solid #c8c8c8; text-align: left; vertical-align: top; }
th, td { overflow-wrap: anywhere; unicode-bidi: isolate; }
thead th { border-bottom: 2px solid #1b1b1b; overflow-wrap: normal; }
td:has(.bar) { width: 45%; }
tbody th { font-weight: normal; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.share { display: inline-block; min-width: 4.5rem; }
.bar, .column span, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; forced-color-adjust: none; }
.bar { display: inline-block; min-width: 1px; height: 0.8rem; }
.good { background: #1f5fbf; }
.bad { background: ${STRIPES}; outline: 1px solid #b3261e; outline-offset: -1px; }
figure { margin: 0.5rem 0 1.5rem; }
.chart { position: relative; height: 14rem; border-bottom: 2px solid #1b1b1b; }
.column { position: absolute; bottom: 0; display: flex; min-width: 1px; height: 100%; flex-direction: column; }
.column { justify-content: flex-end; }
.column span { margin-right: 8%; }
.axis { display: flex; justify-content: space-between; color: #4a4a4a; }
.key { display: inline-block; width: 0.8rem; height: 0.8rem; }
@media screen and (max-width: 40rem) {
  main { padding: 0.5rem; }
  th, td { padding: 0.2rem; font-size: 0.75rem; }
  thead th { overflow-wrap: anywhere; }
  td:has(.bar) { width: auto; }
  .share { min-width: 0; }
}
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  h2 { break-after: avoid; }
  thead { display: table-header-group; }
  tr, figure { break-inside: avoid; }
}
`;

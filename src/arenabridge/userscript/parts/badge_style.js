/** The badge's looks, in a constructed sheet: `style` elements and attributes fall to a strict policy of the page. */
const BADGE_STYLE = `
  :host {
    all: initial !important;
    position: fixed !important;
    inset: auto 14px 14px auto !important;
    z-index: 2147483647 !important;
    color-scheme: light dark !important;
  }
  .card {
    --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #1f232824; --hover: #1f232812; --tone: #9a6700;
    position: relative;
    box-sizing: border-box;
    max-width: min(320px, calc(100vw - 28px));
    overflow: hidden;
    font: 12.5px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif;
    color: var(--ink);
    background: var(--paper);
    border: 1px solid var(--line);
    border-radius: 16px;
    box-shadow: 0 1px 2px #0000000f, 0 4px 16px #0000001f;
  }
  .card[data-state=ready] { --tone: #1a7f37; }
  .card[data-state=down] { --tone: #bc4c00; }
  .card:is([data-state=blocked], [data-state=needs_you]) { --tone: #cf222e; }
  .card:is([data-state=composing], [data-state=capturing]) { --tone: #0969da; }
  @media (prefers-color-scheme: dark) {
    .card { --paper: #1c2128; --ink: #e6edf3; --soft: #9da7b3; --line: #f0f6fc26; --hover: #f0f6fc1a; --tone: #d29922; }
    .card[data-state=ready] { --tone: #3fb950; }
    .card[data-state=down] { --tone: #f0883e; }
    .card:is([data-state=blocked], [data-state=needs_you]) { --tone: #f85149; }
    .card:is([data-state=composing], [data-state=capturing]) { --tone: #4493f8; }
  }
  button { font: inherit; color: inherit; background: none; border: 0; margin: 0; cursor: pointer; }
  button:focus-visible { outline: 2px solid var(--tone); outline-offset: -2px; border-radius: 15px; }
  .head { display: flex; align-items: center; gap: 8px; width: 100%; padding: 6px 12px; text-align: start; }
  .card:has(.more:not([hidden])) .head { padding-inline-end: 40px; }
  .card[data-state=capturing] .head { padding-inline-end: 12px !important; }
  .card[data-state=capturing] .more { display: none; }
  .more { position: absolute; top: 3px; inset-inline-end: 8px; padding: 1px 8px; border-radius: 8px; color: var(--soft); }
  .more:hover, .offer:hover, .panel :is(.yes, .no):hover { background: var(--hover); }
  .panel { padding: 4px 12px 11px; border-top: 1px solid var(--line); }
  .panel .words { margin: 6px 0 8px; }
  .panel .offer { width: 100%; padding: 5px 8px; border-radius: 8px; text-align: start; }
  .panel :is(.yes, .no) { margin-inline-end: 6px; padding: 3px 11px; font-weight: 600; border: 1px solid var(--line); border-radius: 999px; }
  .head:hover { background: var(--hover); }
  .dot { flex: none; width: 9px; height: 9px; border-radius: 50%; background: var(--tone); }
  .name { flex: none; font-weight: 600; }
  .headline { color: var(--soft); font-variant-numeric: tabular-nums; }
  .advice { margin: 0; padding: 0 12px 10px 29px; }
  .again, .notify {
    margin: 1px 12px 11px 29px; padding: 3px 11px;
    font-weight: 600; border: 1px solid var(--line); border-radius: 999px;
  }
  .again:hover, .notify:hover { background: var(--hover); }
  .card.folded .head { padding: 7px; }
  .folded :is(.name, .headline, .advice, .again, .notify, .more, .panel), [hidden] { display: none; }
  @media (prefers-reduced-motion: no-preference) {
    .card:is([data-state=starting], [data-state=connecting], [data-state=waiting]) .dot {
      animation: breathe 1.6s ease-in-out infinite;
    }
    @keyframes breathe { 50% { opacity: .35; } }
  }
`;

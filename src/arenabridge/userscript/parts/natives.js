/**
 * What the script uses of the browser, taken before the page's own scripts can replace or wrap it: monitoring tools
 * wrap `fetch`, and our requests are none of theirs.
 */
const native = Object.freeze({
  fetch: window.fetch.bind(window),
  WebSocket: window.WebSocket,
  MessageChannel: window.MessageChannel,
  TextDecoder: window.TextDecoder,
  AbortController: window.AbortController,
  Worker: window.Worker,
  setTimeout: window.setTimeout.bind(window),
  encode: JSON.stringify,
  decode: JSON.parse,
});

/**
 * Requests of the userscript manager, which go out from its extension: neither the page's policy (CSP) nor the browser's
 * permission for the local network binds them. Without a manager, or without its grant, there are none.
 */

/** Greasemonkey 4 names it otherwise. */
const managerRequest = (() => {
  if (typeof GM_xmlhttpRequest === 'function') return GM_xmlhttpRequest;
  return typeof GM === 'object' && typeof GM?.xmlHttpRequest === 'function' ? GM.xmlHttpRequest.bind(GM) : null;
})();

/**
 * How an answer is had while it comes: some managers give a stream if they are asked for one (Tampermonkey, ScriptCat),
 * others know no streams and have the text so far in each event. Unknown ones are tried both ways.
 */
const MANAGERS_WITH_TEXT = /violentmonkey|greasemonkey|^userscripts$/i;
const managerStreams = () => typeof GM_info === 'undefined' || !MANAGERS_WITH_TEXT.test(GM_info?.scriptHandler ?? '');

/**
 * A GET whose answer is told as it comes.
 *
 * @param {{url: string, headers: Record<string, string>}} wanted
 * @param {boolean} asStream
 * @param {{text: (piece: string) => void, ended: () => void}} told  `ended` exactly once, and last
 * @returns {() => void} what ends it
 */
function requestStream(wanted, asStream, { text, ended }) {
  let length = 0;
  let reading = false;
  let over = false;

  function end() {
    if (over) return;
    over = true;
    ended();
  }

  function takeText(response) {
    if (reading || over || typeof response?.responseText !== 'string') return;
    const piece = response.responseText.slice(length);
    length += piece.length;
    if (piece) text(piece);
  }

  async function read(stream) {
    reading = true;
    const decoder = new native.TextDecoder();
    const reader = stream.getReader();
    try {
      for (let next = await reader.read(); !next.done && !over; next = await reader.read())
        text(decoder.decode(next.value, { stream: true }));
    } catch {
      // broken: that is all there is to know
    }
    end();
  }

  function take(response) {
    if (!reading && typeof response?.response?.getReader === 'function') read(response.response);
    takeText(response);
  }

  const abort = managerSend({
    method: 'GET',
    ...wanted,
    ...(asStream && { responseType: 'stream' }),
    onloadstart: take,
    onreadystatechange: take,
    onprogress: take,
    onload(response) {
      take(response);
      if (!reading) end();
    },
    onerror: end,
    onabort: end,
    ontimeout: end,
  });
  return () => {
    over = true;
    abort();
  };
}

/** @returns {() => void} what ends the request, where the manager can */
function managerSend(details) {
  try {
    const handle = managerRequest({ anonymous: true, ...details });
    handle?.catch?.(() => {}); // told to `onerror` as well
    return () => handle?.abort?.();
  } catch {
    queueMicrotask(details.onerror); // the person has forbidden it
    return () => {};
  }
}

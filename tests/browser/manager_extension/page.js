/** What a manager gives its scripts; `HANDLER` names the one whose way of giving answers is followed. */
const GM_info = { scriptHandler: HANDLER };
const GM_xmlhttpRequest = (() => {
  const requests = new Map();
  const early = [];
  let ready = false;
  let count = 0;

  function tell(message) {
    if (ready) window.postMessage({ forManager: message }, location.origin);
    else early.push(message);
  }

  window.addEventListener('message', ({ data, source }) => {
    if (source !== window || !data?.ofManager) return;
    if (!data.ofManager.ready) return requests.get(data.ofManager.id)?.(data.ofManager);
    ready = true;
    for (const message of early.splice(0)) tell(message);
  });
  window.postMessage({ forManager: { hello: true } }, location.origin);

  return (details) => {
    const id = (count += 1);
    const asStream = details.responseType === 'stream' && HANDLER === 'Tampermonkey';
    const response = { status: 0, readyState: 1 };
    let controller;
    const kinds = {
      head({ status }) {
        Object.assign(response, { status, readyState: 2 });
        if (asStream) response.response = new ReadableStream({ start: (each) => (controller = each) });
        else if (HANDLER === 'Violentmonkey') response.responseText = '';
        details.onloadstart?.(response);
      },
      piece({ text }) {
        if (asStream) return controller.enqueue(new TextEncoder().encode(text));
        response.readyState = 3;
        if (HANDLER === 'Violentmonkey') response.responseText += text;
        details.onprogress?.(response);
      },
      load() {
        requests.delete(id);
        response.readyState = 4;
        controller?.close();
        details.onload?.(response);
      },
      error() {
        if (!requests.delete(id)) return;
        controller?.error(new TypeError('network error'));
        details.onerror?.(response);
      },
    };
    requests.set(id, (message) => kinds[message.event](message));
    const { method, url, headers, data } = details;
    tell({ id, details: { method, url, headers, data } });
    return {
      abort() {
        requests.delete(id);
        tell({ id, abort: true });
        details.onabort?.(response);
      },
    };
  };
})();

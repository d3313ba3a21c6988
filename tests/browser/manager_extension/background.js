/** Carries out the requests of pages, from the extension. One port is one request; its end aborts it. */
chrome.runtime.onConnect.addListener((port) => {
  const abort = new AbortController();
  let gone = false;
  const tell = (message) => gone || port.postMessage(message);
  port.onDisconnect.addListener(() => {
    gone = true;
    abort.abort();
  });
  port.onMessage.addListener(async ({ method, url, headers, data }) => {
    try {
      const { signal } = abort;
      const response = await fetch(url, { method, headers, body: data, credentials: 'omit', signal });
      tell({ event: 'head', status: response.status });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read())
        tell({ event: 'piece', text: next.value });
      tell({ event: 'load' });
    } catch {
      tell({ event: 'error' });
    }
  });
});

/** Between the page, in whose world the script and `page.js` are, and the extension's background. */
const ports = new Map();
const tell = (message) => window.postMessage({ ofManager: message }, location.origin);

function begin(id, details) {
  const port = chrome.runtime.connect();
  ports.set(id, port);
  port.onMessage.addListener((message) => tell({ id, ...message }));
  port.onDisconnect.addListener(() => tell({ id, event: 'error' }));
  port.postMessage(details);
}

window.addEventListener('message', ({ data, source }) => {
  if (source !== window || !data?.forManager) return;
  const { id, details, abort, hello } = data.forManager;
  if (hello) tell({ ready: true });
  else if (abort) ports.get(id)?.disconnect();
  else begin(id, details);
});
tell({ ready: true });

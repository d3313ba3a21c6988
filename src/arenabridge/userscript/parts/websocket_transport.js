/**
 * @typedef {object} Transport
 * @property {boolean} ready
 * @property {(frame: string) => void} send
 * @property {() => number} buffered  bytes handed over that the network has not taken yet
 * @property {(ending?: Ending) => void} close
 *
 * @typedef {object} TransportEvents
 * @property {() => void} opened
 * @property {(frame: string) => void} received
 * @property {(errand: string, bytes: Uint8Array) => void} piece  of an errand's file
 * @property {() => void} waiting            the browser is asking the person
 * @property {(ending: Ending) => void} closed  exactly once, and last
 *
 * @typedef {'lost' | 'down' | 'no_answer' | 'csp' | 'mixed_content' | 'bad_address' | 'permission_denied'
 *   | 'permission_dismissed' | 'permission_waiting' | 'permitted' | 'left'} Ending  the last three by our own choice
 */

const OPENING_LOOK_MS = 700;
const OPENING_LIMIT_MS = 10_000;
const CLOSE_AFTER_ERROR_MS = 2_000;
/** The last is Firefox's, for what the page's policy forbids; Chrome's constructor returns and reports it. */
const WHAT_THROWS = { SecurityError: 'mixed_content', SyntaxError: 'bad_address', NS_ERROR_CONTENT_BLOCKED: 'csp' };

/**
 * A WebSocket that says why it could not open. The browser hides the reason, but leaves marks: mixed content makes the
 * constructor throw; a socket forbidden by the page's policy reports a violation and never closes; one refused for
 * lack of permission closes like a server that is down, but the permission can be asked for; while the person has not
 * answered the browser's question the socket goes on connecting, for as long as they like.
 *
 * @param {string} url
 * @param {Clock} clock
 * @param {TransportEvents} events
 * @returns {Transport}
 */
function openWebSocket(url, clock, events) {
  const over = new native.AbortController();
  /** @type {WebSocket | null} */
  let socket = null;
  let opened = false;
  let asked = false;
  const opening = () => !over.signal.aborted && socket?.readyState === native.WebSocket.CONNECTING;

  /** @param {Ending} ending */
  function finish(ending) {
    if (over.signal.aborted) return;
    over.abort();
    socket?.close();
    events.closed(ending);
  }

  async function whyItNeverOpened() {
    const permission = await localNetworkPermission(url);
    if (permission?.state === 'denied') return 'permission_denied';
    return asked && permission?.state === 'prompt' ? 'permission_dismissed' : 'down';
  }

  async function watchOpening() {
    for (let waited = 0; waited < OPENING_LIMIT_MS; waited += OPENING_LOOK_MS) {
      await clock.pause(OPENING_LOOK_MS);
      if (!opening()) return;
      if ((await localNetworkPermission(url))?.state !== 'prompt' || !opening()) continue;
      asked = true;
      waited = 0;
      events.waiting();
    }
    if (opening()) finish('no_answer');
  }

  function pass(data) {
    if (typeof data === 'string') events.received(data);
    else events.piece(...readFileFrame(data));
  }

  function listen() {
    const { signal } = over;
    socket.addEventListener('open', () => ((opened = true), events.opened()), { signal });
    socket.addEventListener('message', ({ data }) => pass(data), { signal });
    socket.addEventListener('error', () => clock.later(CLOSE_AFTER_ERROR_MS, () => finish('down')), { signal });
    socket.addEventListener('close', async () => finish(opened ? 'lost' : await whyItNeverOpened()), { signal });
  }

  document.addEventListener(
    'securitypolicyviolation',
    (violation) => {
      if (!opened && forbids(violation, url)) finish('csp');
    },
    { signal: over.signal },
  );
  try {
    socket = new native.WebSocket(url);
    socket.binaryType = 'arraybuffer';
    listen();
    watchOpening();
  } catch (error) {
    queueMicrotask(() => finish(WHAT_THROWS[error.name] ?? 'bad_address'));
  }
  return {
    get ready() {
      return socket?.readyState === native.WebSocket.OPEN;
    },
    send: (frame) => socket.send(frame),
    buffered: () => socket?.bufferedAmount ?? 0,
    close: (ending = 'lost') => finish(ending),
  };
}

/**
 * @param {SecurityPolicyViolationEvent} violation  those of a report-only policy forbid nothing
 * @param {string} url
 */
function forbids({ disposition, effectiveDirective, blockedURI }, url) {
  if (disposition !== 'enforce' || !/^(?:connect|default)-src$/.test(effectiveDirective)) return false;
  try {
    return new URL(blockedURI).host === new URL(url).host;
  } catch {
    return false;
  }
}

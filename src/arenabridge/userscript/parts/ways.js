/**
 * Which way the link takes: a WebSocket of the page, or requests of the userscript manager where the page's policy or
 * the browser's permission for the local network forbids the socket. What worked is kept for as long as the tab lives.
 * In a managed browser its driver carries the link, and there is nothing to choose.
 *
 * @typedef {object} Way
 * @property {'ws' | 'gm' | 'cdp'} transport
 * @property {string} why  what forbids the socket
 *
 * @typedef {ReturnType<typeof createWays>} Ways
 */

const WAY_KEY = 'arena-bridge-way';
const BY_SOCKET = { transport: 'ws', why: '' };
const BY_DRIVER = { transport: 'cdp', why: '' };
const FORBIDS_SOCKET = [
  'csp',
  'mixed_content',
  'permission_denied',
  'permission_dismissed',
  'permission_waiting',
  'blocked',
];

/** @param {Clock} clock */
function createWays(clock) {
  /** @type {Way} */
  let way = SETTINGS.driver ? BY_DRIVER : recallWay();
  let asStream = managerStreams();
  let isProven = false;
  let answersOthers = false;

  const thereIsAnother = () => Boolean(managerRequest) && way.transport === 'ws';

  /** @param {Way} next */
  function take(next) {
    way = next;
    rememberWay(next.why);
    return true;
  }

  return {
    /** @returns {Way} */
    now: () => way,
    /** @param {TransportEvents} events  @returns {Transport} */
    open(events) {
      const opened = () => {
        answersOthers = false;
        isProven ||= way.transport === 'gm';
        events.opened();
      };
      if (way.transport === 'cdp') return openDriven(clock, { ...events, opened });
      if (way.transport === 'ws') return openWebSocket(SETTINGS.gateway, clock, { ...events, opened });
      const closed = (ending) => {
        if (!isProven) asStream = !asStream;
        events.closed(ending);
      };
      return openRequests(SETTINGS.gateway, asStream, clock, { ...events, opened, closed });
    },
    thereIsAnother,
    /**
     * What blocks sites' way to this device without a word (extensions, some browsers) looks like a gateway that is
     * down. It is none if it answered a request after one socket failed, and yet the next one failed too.
     *
     * @param {Ending} ending
     * @returns {string} the ending, or `blocked`
     */
    reasonOf(ending) {
      if (ending !== 'down' || !thereIsAnother()) return ending;
      if (answersOthers) return 'blocked';
      const url = requestAddress(SETTINGS.gateway, 'livez');
      managerSend({ method: 'GET', url, onload: ({ status }) => (answersOthers = status === 200), onerror() {} });
      return ending;
    },
    /** @param {string} why  the socket could not open  @returns {boolean} whether there is another way to try at once */
    roundAbout: (why) => FORBIDS_SOCKET.includes(why) && thereIsAnother() && take({ transport: 'gm', why }),
    /** The browser lets sockets through now.  @returns {boolean} whether that is news */
    permitted: () => way.why.startsWith('permission') && take(BY_SOCKET),
  };
}

/** @returns {Way} */
function recallWay() {
  try {
    const why = sessionStorage.getItem(WAY_KEY) ?? '';
    return managerRequest && FORBIDS_SOCKET.includes(why) ? { transport: 'gm', why } : BY_SOCKET;
  } catch {
    return BY_SOCKET;
  }
}

function rememberWay(why) {
  try {
    sessionStorage.setItem(WAY_KEY, why);
  } catch {
    // storage is forbidden here: then it is found out again
  }
}

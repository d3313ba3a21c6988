/**
 * The link to the gateway: open, introduce, pass messages, and come back when it breaks.
 *
 * How each ending is shown, and when to try again: with growing random pauses, after a minute, or only when the page
 * is reloaded (what the page's own policy forbids stays forbidden until then).
 *
 * @type {Record<Ending, {state: StateName, again: 'soon' | 'minute' | 'never'}>}
 */
const ENDINGS = {
  lost: { state: 'down', again: 'soon' },
  down: { state: 'down', again: 'soon' },
  no_answer: { state: 'down', again: 'soon' },
  csp: { state: 'blocked', again: 'never' },
  mixed_content: { state: 'blocked', again: 'never' },
  bad_address: { state: 'blocked', again: 'never' },
  permission_denied: { state: 'blocked', again: 'minute' },
  permission_dismissed: { state: 'blocked', again: 'minute' },
  permission_waiting: { state: 'waiting', again: 'soon' },
  permitted: { state: 'connecting', again: 'soon' },
  left: { state: 'down', again: 'soon' },
};

const REFUSED = {
  permanently: { state: 'blocked', again: 'minute' },
  for_now: { state: 'blocked', again: 'soon' },
};

const PROTOCOL = 2;
const RETRY_BASE_MS = 250;
const RETRY_CAP_MS = 15_000;
const RETRY_BLOCKED_MS = 60_000;
const WELCOME_LIMIT_MS = 10_000;
/** Of gateways that do not tell how long a silence may be: after this many missed pings they are gone. */
const SILENT_PINGS = 3;

/**
 * @param {AbortSignal} signal
 * @param {{clock: Clock, ways: Ways, outbox: Outbox, status: ReturnType<typeof createStatus>, hello: () => object,
 *   welcomed: (welcome: {slots: number}) => void, lost: () => void, on: Record<string, (message: object) => void>,
 *   piece: (errand: string, bytes: Uint8Array) => void}} parts
 *   `on` holds what to do with each type of message; types that it does not name are ignored
 */
function startLink(signal, { clock, ways, outbox, status, hello, welcomed, lost, on, piece }) {
  /** @type {Transport | null} */
  let transport = null;
  /** @type {{code: string, message: string, permanent: boolean} | null} */
  let refused = null;
  let failures = 0;
  let heard = 0;
  let forgetRetry = () => {};
  let forgetSilence = () => {};
  let followsPermission = false;

  function connect() {
    forgetRetry();
    if (signal.aborted || transport) return;
    refused = null;
    if (failures === 0) status.set({ state: 'connecting', reason: '', message: '' });
    if (ways.now().why) followPermission();
    transport = ways.open({
      opened,
      received,
      piece: (errand, bytes) => {
        heard = performance.now();
        piece(errand, bytes);
      },
      closed,
      waiting,
    });
  }

  /** Nobody waits for the person's answer where there is another way; it changes things whenever it comes. */
  function waiting() {
    if (ways.thereIsAnother()) transport.close('permission_waiting');
    else status.set({ state: 'waiting', reason: 'permission', message: '' });
  }

  function opened() {
    transport.send(native.encode({ type: 'hello', protocol: PROTOCOL, ...ways.now(), ...hello() }));
    expectFrames(WELCOME_LIMIT_MS);
  }

  /** Gives the link up when nothing was heard for so long; what was expected before counts no longer. */
  function expectFrames(limitMs) {
    heard = performance.now();
    const look = () => {
      const left = heard + limitMs - performance.now();
      if (left <= 0) transport?.close();
      else forgetSilence = clock.later(left, look);
    };
    forgetSilence();
    forgetSilence = clock.later(limitMs, look);
  }

  function received(frame) {
    heard = performance.now();
    const message = native.decode(frame);
    if (message.type === 'welcome') greeted(message);
    else if (message.type === 'refused') refused = message;
    else if (message.type === 'ping') outbox.say({ type: 'pong' });
    else if (Object.hasOwn(on, message.type)) on[message.type](message);
  }

  function greeted(message) {
    failures = 0;
    outbox.use(transport);
    expectFrames(silenceLimit(message) * 1000);
    status.set({ state: 'ready', reason: ways.now().why, message: '', slots: message.slots });
    welcomed(message);
  }

  /** @param {Ending} ending */
  function closed(ending) {
    transport = null;
    forgetSilence();
    outbox.use(null);
    lost();
    failures += 1;
    if (ending.startsWith('permission_')) followPermission();
    if (!refused && (ending === 'permitted' || ways.roundAbout(ways.reasonOf(ending)))) return connect();
    const { state, again } = refused ? REFUSED[refused.permanent ? 'permanently' : 'for_now'] : ENDINGS[ending];
    status.set({ state, reason: refused?.code ?? ending, message: refused?.message ?? '' });
    if (again === 'soon') forgetRetry = clock.later(jitter(failures), connect);
    if (again === 'minute') forgetRetry = clock.later(RETRY_BLOCKED_MS, connect);
  }

  /** What the person decides changes things whenever it comes. */
  async function followPermission() {
    if (followsPermission) return;
    followsPermission = true;
    const permission = await localNetworkPermission(SETTINGS.gateway);
    const changed = () => {
      if (permission.state === 'granted' && ways.permitted()) transport?.close('permitted');
      connect();
    };
    permission?.addEventListener('change', changed, { signal });
    if (permission?.state === 'granted') changed();
  }

  signal.addEventListener('abort', () => transport?.close());
  connect();
  return { connect, leave: () => transport?.close('left') };
}

/** A side that is silent for so long is gone, whatever the socket says.  @returns {number} seconds */
const silenceLimit = ({ silence_seconds, ping_seconds }) => silence_seconds ?? ping_seconds * SILENT_PINGS;

/** @param {number} failures  @returns {number} milliseconds: anything up to a limit that doubles with each failure */
function jitter(failures) {
  return Math.random() * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** (failures - 1));
}

/**
 * The link within a managed browser: frames go through the DevTools of the browser itself, so that neither a socket nor a
 * permission is needed. `worker/managed/page.py` is the other end. It finds what is left for it here under a name that
 * nobody can guess, takes it away, and hands over its binding: a function of one string, by which it is told
 *
 *     "<connection> open"           "<connection> part <the beginning of a frame>"
 *     "<connection> close"          "<connection> frame <the rest of it, or all>"
 *
 * and says in return, by `take`, `part`, `frame`, `file` (a binary frame, in Base64), `taken` (how many of ours it has
 * dealt with) and `close`. Connections are numbered, so that what is late is not taken for the next one's.
 */

/** Longer frames are cut. In UTF-16 units; as JSON, as which it travels, it can be six times as long. */
const DRIVEN_PIECE_LENGTH = 1 << 18;
const DRIVER_LIMIT_MS = 10_000;

const driver = (() => {
  /** @type {((said: string) => void) | null} */
  let say = null;
  let attached = () => {};
  let connections = 0;
  let current = 0;
  /** @type {Record<string, (text: string) => void>} */
  let kinds = {};
  const hook = {
    attach(binding) {
      say = binding;
      attached();
    },
    take(connection, kind, text) {
      if (connection === current && Object.hasOwn(kinds, kind)) kinds[kind](text);
    },
  };
  const leaveHook = () => Object.defineProperty(window, SETTINGS.driver, { value: hook, configurable: true });
  if (SETTINGS.driver) {
    leaveHook();
    // a page that the browser had kept aside: the driver took it for gone, and looks for the hook again
    window.addEventListener('pageshow', ({ persisted }) => persisted && leaveHook());
  }
  return {
    /** @param {Record<string, (text: string) => void>} next  what to do with each kind of what it says */
    connect(next, ready) {
      const connection = ++connections;
      current = connection;
      kinds = next;
      attached = () => connection === current && ready();
      if (say) queueMicrotask(attached);
      return (kind, text = '') => say?.(`${connection} ${kind} ${text}`);
    },
    disconnect() {
      current = 0;
    },
  };
})();

/**
 * @param {Clock} clock
 * @param {TransportEvents} events
 * @returns {Transport}
 */
function openDriven(clock, events) {
  /** @type {number[]} the lengths of what the driver has not dealt with */
  const untaken = [];
  let length = 0;
  /** @type {string[]} of a frame that is not whole yet */
  const parts = [];
  let opened = false;
  let over = false;

  /** @param {Ending} ending */
  function finish(ending) {
    if (over) return;
    over = true;
    say('close');
    driver.disconnect();
    events.closed(ending);
  }

  function hand(kind, text) {
    untaken.push(text.length);
    length += text.length;
    say(kind, text);
  }

  const say = driver.connect(
    {
      part: (text) => parts.push(text),
      frame: (text) => events.received([...parts.splice(0), text].join('')),
      file: (text) => events.piece(...readFileFrame(bytesOf(text).buffer)),
      taken: (count) => untaken.splice(0, Number(count)).forEach((size) => (length -= size)),
      close: () => finish('lost'),
    },
    () => {
      if (over || opened) return;
      opened = true;
      say('open');
      events.opened();
    },
  );
  clock.later(DRIVER_LIMIT_MS, () => opened || finish('no_answer'));
  return {
    get ready() {
      return opened && !over;
    },
    send(frame) {
      let from = 0;
      while (frame.length - from > DRIVEN_PIECE_LENGTH) {
        const to = from + DRIVEN_PIECE_LENGTH;
        const end = isHighSurrogate(frame, to - 1) ? to - 1 : to;
        hand('part', frame.slice(from, end));
        from = end;
      }
      hand('frame', frame.slice(from));
    },
    buffered: () => length,
    close: (ending = 'lost') => finish(ending),
  };
}

/** A pair that is cut in two is no text to the other end. */
const isHighSurrogate = (text, at) => (text.charCodeAt(at) & 0xfc00) === 0xd800;

/**
 * @typedef {object} Waiting
 * @property {<T>(signal: AbortSignal, limitMs: number, look: () => T) => Promise<T | null>} until
 *   the first truthy thing that `look` returns, null at the limit; fails as `look` does, or when `signal` aborts
 * @property {() => void} poke  something happened that is not a change of the document
 */

const ANY_CHANGE = { subtree: true, childList: true, attributes: true, characterData: true };
/** The longest that a timer of a browser takes: some 24 days. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/**
 * Waits until something is so in the page: looks at once, and again whenever the document changes or somebody pokes.
 *
 * @param {AbortSignal} signal
 * @param {Clock} clock
 * @returns {Waiting}
 */
function createWaiting(signal, clock) {
  /** @type {Set<() => void>} */
  const looks = new Set();
  const observer = new MutationObserver(poke);
  signal.addEventListener('abort', () => observer.disconnect());

  function poke() {
    for (const look of [...looks]) look();
  }

  function add(look) {
    if (!looks.size) observer.observe(document, ANY_CHANGE);
    looks.add(look);
  }

  function remove(look) {
    looks.delete(look);
    if (!looks.size) observer.disconnect();
  }

  function until(jobSignal, limitMs, look) {
    return new Promise((resolve, reject) => {
      let forget = () => {};
      const settle = (act, value) => {
        remove(once);
        forget();
        jobSignal.removeEventListener('abort', stopped);
        act(value);
      };
      const stopped = () => settle(reject, new Failure('cancelled', 'stopped'));
      const once = () => {
        try {
          const found = look();
          if (found) settle(resolve, found);
        } catch (error) {
          settle(reject, error);
        }
      };
      if (jobSignal.aborted) return stopped();
      jobSignal.addEventListener('abort', stopped);
      forget = clock.later(limitMs, () => settle(resolve, null));
      add(once);
      once();
    });
  }

  return { until, poke };
}

/**
 * @template T
 * @param {AbortSignal} signal
 * @param {Promise<T>} promise
 * @returns {Promise<T>} the promise's result, unless the signal aborts first
 */
function unlessAborted(signal, promise) {
  return new Promise((resolve, reject) => {
    const stopped = () => reject(new Failure('cancelled', 'stopped'));
    if (signal.aborted) stopped();
    signal.addEventListener('abort', stopped, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stopped));
  });
}

/**
 * @typedef {object} Clock
 * @property {(milliseconds: number, call: () => void) => () => void} later  returns what forgets the call again
 * @property {(milliseconds: number) => Promise<void>} pause
 */

/**
 * Timers that keep their pace in a hidden tab, where the page's own run once a second and, later, once a minute.
 * A worker counts; where the page's policy forbids workers made from a blob, the page's own timers have to do.
 * Nothing on the way of an answer waits for a timer: this is for reconnecting and for waiting until a socket drains.
 *
 * @param {AbortSignal} signal
 * @returns {Clock}
 */
function startClock(signal) {
  /** @type {Map<number, {call: () => void, due: number}>} */
  const calls = new Map();
  let nextId = 0;
  /** @type {Worker | null | undefined} undefined until somebody asks for the time, null where workers are forbidden */
  let worker;

  function ring(id) {
    const entry = calls.get(id);
    calls.delete(id);
    entry?.call();
  }

  function doWithoutWorker() {
    worker = null;
    for (const [id, { due }] of calls) native.setTimeout(ring, Math.max(0, due - performance.now()), id);
  }

  function hire() {
    const source = 'onmessage = ({ data: [id, ms] }) => setTimeout(() => postMessage(id), ms);';
    try {
      worker = new native.Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
      worker.onmessage = ({ data: id }) => ring(id);
      worker.onerror = doWithoutWorker; // a Content Security Policy speaks here ...
    } catch {
      worker = null; // ... and Trusted Types here
    }
  }

  function later(milliseconds, call) {
    if (worker === undefined) hire();
    const id = nextId++;
    calls.set(id, { call, due: performance.now() + milliseconds });
    if (worker) worker.postMessage([id, milliseconds]);
    else native.setTimeout(ring, milliseconds, id);
    return () => calls.delete(id);
  }

  signal.addEventListener('abort', () => {
    calls.clear();
    worker?.terminate();
  });
  return { later, pause: (milliseconds) => new Promise((resolve) => later(milliseconds, resolve)) };
}

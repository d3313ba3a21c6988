/**
 * So many at once and no more; the others wait in order.
 *
 * @param {number} count
 * @returns {<T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>}
 */
function createPlaces(count) {
  let taken = 0;
  /** @type {Set<() => void>} each takes the place that became free */
  const waiting = new Set();

  async function turn(signal) {
    let take = () => {};
    const free = new Promise((resolve) => (take = resolve));
    waiting.add(take);
    try {
      await unlessAborted(signal, free);
    } finally {
      waiting.delete(take);
    }
  }

  function leave() {
    const [next] = waiting;
    if (!next) return (taken -= 1);
    waiting.delete(next);
    return next();
  }

  return async (signal, work) => {
    if (taken < count) taken += 1;
    else await turn(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  };
}

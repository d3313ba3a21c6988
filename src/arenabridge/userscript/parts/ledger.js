/**
 * What was said of jobs and has not been acknowledged. It outlives the connection: the next one begins with what the
 * gateway has not heard.
 *
 * @typedef {ReturnType<typeof createLedger>} Ledger
 */

/** Reading an answer pauses while more than this is kept: nothing is dropped. */
const LEDGER_LIMIT_CHARACTERS = 4 << 20;

function createLedger() {
  /** @type {Map<string, {epoch: number, first: number, said: (object | Array)[], sizes: number[]}>} by job */
  const kept = new Map();
  let characters = 0;
  let isKept = false;

  /** @param {Job} job  @param {object | Array} message  a report, or a piece as it stands in a frame */
  function keep(job, message, size) {
    if (!isKept || !job.isCarried) return;
    if (kept.get(job.id)?.epoch !== job.epoch) {
      drop(job.id);
      kept.set(job.id, { epoch: job.epoch, first: job.seq, said: [], sizes: [] });
    }
    const entry = kept.get(job.id);
    entry.said.push(message);
    entry.sizes.push(size);
    characters += size;
  }

  /** All below `seq` has arrived. */
  function acknowledge(id, epoch, seq) {
    const entry = kept.get(id);
    if (!entry || entry.epoch !== epoch) return;
    const arrived = Math.min(Math.max(seq - entry.first, 0), entry.said.length);
    entry.said.splice(0, arrived);
    for (const size of entry.sizes.splice(0, arrived)) characters -= size;
    entry.first += arrived;
    if (!entry.said.length) kept.delete(id);
  }

  function drop(id) {
    for (const size of kept.get(id)?.sizes ?? []) characters -= size;
    kept.delete(id);
  }

  return {
    keep,
    acknowledge,
    drop,
    /** @returns {(object | Array)[]} in order */
    saidOf: (id) => kept.get(id)?.said ?? [],
    epochs: () => Array.from(kept, ([job, { epoch }]) => ({ job, epoch })),
    isFull: () => characters > LEDGER_LIMIT_CHARACTERS,
    /** A gateway that acknowledges nothing is told things once. */
    use: (acknowledged) => {
      isKept = acknowledged;
      if (!acknowledged) for (const id of [...kept.keys()]) drop(id);
    },
  };
}

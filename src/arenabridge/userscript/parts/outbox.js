/**
 * Everything that leaves for the gateway, in order. Pieces of answers that arrive within one turn of the event loop,
 * of whichever job, share one frame. A message channel ends the turn: a timer would cost half a second in a hidden tab.
 *
 * @typedef {object} Outbox
 * @property {(transport: Transport | null) => void} use
 * @property {(message: object) => void} say
 * @property {(job: Job, message: object) => void} report  a message about a job, numbered
 * @property {(job: Job, text: string) => void} chunk      a piece of a job's answer
 * @property {(job: {id: string, epoch: number}, from: number) => void} sayAgain  all that was said of it from there on
 * @property {(signal: AbortSignal) => Promise<void>} room waits while too much is on its way
 */

/** Reading an answer pauses above the first mark and goes on below the second. */
const BACKLOG_HIGH_BYTES = 1 << 20;
const BACKLOG_LOW_BYTES = 1 << 18;
const BACKLOG_LOOK_MS = 20;

/**
 * @param {AbortSignal} signal
 * @param {Clock} clock
 * @param {Ledger} ledger
 * @returns {Outbox}
 */
function createOutbox(signal, clock, ledger) {
  /** @type {Transport | null} */
  let transport = null;
  /** @type {Map<Job, string[]>} */
  const gathered = new Map();
  let gatheredLength = 0;
  const turn = new native.MessageChannel();
  turn.port1.onmessage = flush;
  signal.addEventListener('abort', () => turn.port1.close());

  function send(message) {
    if (transport?.ready) transport.send(native.encode(message));
  }

  function flush() {
    if (!gathered.size) return;
    const chunks = Array.from(gathered, ([job, texts]) => {
      const piece = [job.id, job.epoch, job.seq, texts.join('')];
      ledger.keep(job, piece, piece[3].length);
      job.seq += 1;
      return piece;
    });
    gathered.clear();
    gatheredLength = 0;
    send({ type: 'chunks', chunks });
  }

  function say(message) {
    flush();
    send(message);
  }

  function report(job, message) {
    flush();
    if (job.silenced) return;
    const numbered = { ...message, job: job.id, epoch: job.epoch, seq: job.seq };
    ledger.keep(job, numbered, 0);
    job.seq += 1;
    send(numbered);
  }

  function chunk(job, text) {
    if (job.silenced) return;
    if (!gathered.size) turn.port2.postMessage(null);
    const texts = gathered.get(job);
    if (texts) texts.push(text);
    else gathered.set(job, [text]);
    gatheredLength += text.length;
  }

  const backlog = () => gatheredLength + (transport?.buffered() ?? 0);

  async function room(jobSignal) {
    if (backlog() <= BACKLOG_HIGH_BYTES && !ledger.isFull()) return;
    const isTooMuch = () => backlog() > BACKLOG_LOW_BYTES || ledger.isFull();
    while (isTooMuch() && !jobSignal.aborted) await clock.pause(BACKLOG_LOOK_MS);
  }

  /** What was gathered for the transport before is kept with the rest that it did not carry. */
  function use(next) {
    flush();
    transport = next;
  }

  function sayAgain({ id, epoch }, from) {
    ledger.acknowledge(id, epoch, from);
    for (const message of ledger.saidOf(id)) send(Array.isArray(message) ? { type: 'chunks', chunks: [message] } : message);
  }

  return { use, say, report, chunk, sayAgain, room };
}

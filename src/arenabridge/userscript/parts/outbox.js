/**
 * Everything that leaves for the gateway, in order. Pieces of answers that arrive within one turn of the event loop,
 * of whichever job, share one frame. A message channel ends the turn: a timer would cost half a second in a hidden tab.
 *
 * @typedef {object} Outbox
 * @property {(transport: Transport | null) => void} use
 * @property {(message: object) => void} say
 * @property {(job: Job, message: object) => void} report  a message about a job, numbered
 * @property {(job: Job, text: string) => void} chunk      a piece of a job's answer
 * @property {(signal: AbortSignal) => Promise<void>} room waits while too much is on its way
 */

/** Reading an answer pauses above the first mark and goes on below the second. */
const BACKLOG_HIGH_BYTES = 1 << 20;
const BACKLOG_LOW_BYTES = 1 << 18;
const BACKLOG_LOOK_MS = 20;

/**
 * @param {AbortSignal} signal
 * @param {Clock} clock
 * @returns {Outbox}
 */
function createOutbox(signal, clock) {
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
    const chunks = Array.from(gathered, ([job, texts]) => [job.id, job.epoch, job.seq++, texts.join('')]);
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
    send({ ...message, job: job.id, epoch: job.epoch, seq: job.seq++ });
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
    if (backlog() <= BACKLOG_HIGH_BYTES) return;
    while (backlog() > BACKLOG_LOW_BYTES && !jobSignal.aborted) await clock.pause(BACKLOG_LOOK_MS);
  }

  function use(next) {
    gathered.clear();
    gatheredLength = 0;
    transport = next;
  }

  return { use, say, report, chunk, room };
}

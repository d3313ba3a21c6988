/**
 * @typedef {object} Job
 * @property {string} id
 * @property {number} epoch
 * @property {number} seq       the number of its next message, from 0
 * @property {boolean} started  the request has left: from here on it may have cost the person's quota
 * @property {boolean} silenced nobody listens any more
 * @property {'' | 'cancelled' | 'frozen'} stopped  why it was aborted
 * @property {AbortController} abort
 */

/** An accepted offer that no `go` followed gives its place back after this long. */
const OFFER_LIFE_MS = 15_000;
/** How many finished jobs are remembered, so that a repeated `go` does nothing. */
const REMEMBERED_JOBS = 4096;

/**
 * The jobs of this tab: places are promised by `accept`, taken by `go`, and a grant is carried out at most once in the
 * life of the page, over any number of connections.
 *
 * @param {Outbox} outbox
 * @param {ReturnType<typeof createStatus>} status
 * @param {string} account
 */
function createJobs(outbox, status, account) {
  /** @type {Map<string, number>} job id -> when it was accepted */
  const promised = new Map();
  /** @type {Map<string, Job>} */
  const running = new Map();
  /** @type {Map<string, number>} job id -> its latest epoch here */
  const granted = new Map();
  let slots = 0;
  let frozen = false;

  function offer({ job, how }) {
    const why = refusal(how);
    if (why) return outbox.say({ type: 'refuse', job, why });
    promised.set(job, performance.now());
    outbox.say({ type: 'accept', job, account });
  }

  function refusal(how) {
    const oldest = performance.now() - OFFER_LIFE_MS;
    for (const [id, since] of promised) if (since < oldest) promised.delete(id);
    if (how !== 'fetch') return `this script can't carry out jobs by ${how}`;
    if (frozen) return 'the tab is frozen';
    if (running.size + promised.size >= slots) return `all ${slots} slots are taken`;
    return '';
  }

  function go({ job: id, epoch, step }) {
    promised.delete(id);
    if (epoch <= (granted.get(id) ?? -1)) return;
    remember(id, epoch);
    const job = newJob(id, epoch);
    if (running.has(id)) return fail(job, new Error('an earlier grant of this job is still running'));
    running.set(id, job);
    count();
    fetchStep(job, step, outbox)
      .catch((error) => fail(job, error))
      .finally(() => {
        running.delete(id);
        count();
      });
  }

  function remember(id, epoch) {
    granted.delete(id); // so that it moves to the end: a Map keeps the order of insertion
    granted.set(id, epoch);
    if (granted.size > REMEMBERED_JOBS) granted.delete(granted.keys().next().value);
  }

  function fail(job, error) {
    const kind = job.stopped || (error instanceof FetchFailed ? 'fetch_failed' : 'internal');
    const detail = String(error?.message ?? error).slice(0, 500);
    outbox.report(job, { type: 'failed', kind, detail, started: job.started });
  }

  function cancel({ job: id }) {
    promised.delete(id);
    const job = running.get(id);
    if (!job) return;
    job.stopped = 'cancelled';
    job.abort.abort();
  }

  /** The browser stopped the page for a while; what was being read then never moves again. */
  function thaw() {
    frozen = false;
    for (const job of running.values()) {
      job.stopped = 'frozen';
      job.abort.abort();
    }
  }

  /** The link is gone: what runs can't be delivered any more. */
  function abandon() {
    promised.clear();
    for (const job of running.values()) {
      job.silenced = true;
      job.abort.abort();
    }
  }

  const count = () => status.set({ running: running.size });

  return {
    offer,
    go,
    cancel,
    abandon,
    thaw,
    freeze: () => (frozen = true),
    allow: (number) => (slots = number),
  };
}

/** @param {string} id  @param {number} epoch  @returns {Job} */
function newJob(id, epoch) {
  const abort = new native.AbortController();
  return { id, epoch, seq: 0, started: false, silenced: false, stopped: '', abort };
}

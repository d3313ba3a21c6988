/**
 * @typedef {object} Job
 * @property {string} id
 * @property {number} epoch
 * @property {'fetch' | 'composer'} how
 * @property {number} seq       the number of its next message, from 0
 * @property {boolean} started  the request has left: from here on it may have cost the person's quota
 * @property {boolean} isCarried what is said of it is kept until it has arrived, over any number of connections
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
 * life of the page, over any number of connections. Jobs by `fetch` have as many places as the gateway allows, and the
 * page itself is one more.
 *
 * @param {Outbox} outbox
 * @param {ReturnType<typeof createStatus>} status
 * @param {string} account
 * @param {ReturnType<typeof createComposer>} composer
 * @param {Ledger} ledger
 * @param {(job: string) => void} over  a grant has come to its end
 */
function createJobs(outbox, status, account, composer, ledger, over) {
  /** @type {Map<string, {how: string, since: number}>} job id -> the place it was promised */
  const promised = new Map();
  /** @type {Map<string, Job>} */
  const running = new Map();
  /** @type {Map<string, number>} job id -> its latest epoch here */
  const granted = new Map();
  let slots = 0;
  let frozen = false;

  function offer(offered) {
    const why = refusal(offered.how);
    if (why) return refuse(offered.job, why);
    promised.set(offered.job, { how: offered.how, since: performance.now() });
    if (offered.how === 'composer') return offerPage(offered.job);
    accept(offered.job);
  }

  async function offerPage(job) {
    const why = await composer.whyNotSoon();
    if (!promised.has(job)) return; // taken back meanwhile
    if (!why) return accept(job);
    promised.delete(job);
    refuse(job, why);
  }

  const accept = (job) => outbox.say({ type: 'accept', job, account });
  const refuse = (job, why) => outbox.say({ type: 'refuse', job, why });

  function refusal(how) {
    const oldest = performance.now() - OFFER_LIFE_MS;
    for (const [id, { since }] of promised) if (since < oldest) promised.delete(id);
    if (how !== 'fetch' && how !== 'composer') return `this script can't carry out jobs by ${how}`;
    if (frozen) return 'the tab is frozen';
    const places = how === 'fetch' ? slots : 1;
    return taken(how) >= places ? `all ${places} places for ${how} are taken` : '';
  }

  const taken = (how) => [...promised.values(), ...running.values()].filter((place) => place.how === how).length;

  function go({ job: id, epoch, step }) {
    promised.delete(id);
    if (epoch <= (granted.get(id) ?? -1)) return;
    remember(id, epoch);
    const job = newJob(id, epoch, step.how ?? 'fetch');
    if (running.has(id)) return reportFailure(job, new Error('an earlier grant of this job is still running'), outbox);
    job.isCarried = true;
    running.set(id, job);
    count();
    const carriedOut = job.how === 'composer' ? composer.carryOut(job, step) : fetchStep(job, step, outbox);
    carriedOut
      .catch((error) => reportFailure(job, error, outbox))
      .finally(() => {
        running.delete(id);
        over(id);
        count();
      });
  }

  function remember(id, epoch) {
    granted.delete(id); // so that it moves to the end: a Map keeps the order of insertion
    granted.set(id, epoch);
    if (granted.size > REMEMBERED_JOBS) granted.delete(granted.keys().next().value);
  }

  function cancel({ job: id }) {
    promised.delete(id);
    ledger.drop(id);
    const job = running.get(id);
    if (!job) return;
    job.isCarried = false; // how it ends is said once, and need not arrive
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

  /** The link is gone: what was promised is free again, what runs goes on, for a while. */
  function suspend() {
    promised.clear();
  }

  /** What can't be delivered any more. */
  function abandon() {
    for (const { job } of carried()) forget(job);
  }

  function forget(id) {
    ledger.drop(id);
    const job = running.get(id);
    if (!job) return;
    job.silenced = true;
    job.abort.abort();
  }

  /** What the gateway should know of when the link is back: what runs, and what it has not heard to its end. */
  function carried() {
    const epochs = new Map(ledger.epochs().map(({ job, epoch }) => [job, epoch]));
    for (const { id, epoch } of running.values()) epochs.set(id, epoch);
    return Array.from(epochs, ([job, epoch]) => ({ job, epoch }));
  }

  /** @param {{job: string, epoch: number, from_seq?: number | null}[]} answers  of the gateway, to what was carried */
  function resume(answers) {
    const known = new Map(answers.map((answer) => [answer.job, answer]));
    for (const { job: id, epoch } of carried()) {
      const from = known.get(id)?.from_seq ?? null;
      if (from === null) forget(id);
      else outbox.sayAgain({ id, epoch }, from);
    }
  }

  const count = () => status.set({ running: running.size });

  return {
    offer,
    go,
    cancel,
    suspend,
    abandon,
    carried,
    resume,
    thaw,
    isIdle: () => !running.size && !promised.size,
    freeze: () => (frozen = true),
    allow: (number) => (slots = number),
  };
}

/** @param {Job} job  @param {Outbox} outbox */
function reportFailure(job, error, outbox) {
  const kind = job.stopped || (error instanceof Failure ? error.kind : 'internal');
  const detail = String(error?.message ?? error).slice(0, 500);
  outbox.report(job, { type: 'failed', kind, detail, started: job.started });
}

/** @returns {Job} */
function newJob(id, epoch, how) {
  const abort = new native.AbortController();
  return { id, epoch, how, seq: 0, started: false, isCarried: false, silenced: false, stopped: '', abort };
}

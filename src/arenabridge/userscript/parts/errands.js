/**
 * What the gateway has this tab do beside its jobs: bring a file to the site or from it, read one of its pages. Errands
 * cost no quota, take no place of a job, and are reported as a job's attempt of epoch 0 is.
 */

const ERRANDS_AT_ONCE = 4;
/** At once, or waiting for their turn or for their file. */
const ERRANDS_LIMIT = 256;

/**
 * @param {{outbox: Outbox, told: Told, files: Files, actions: ActionFinder}} parts
 */
function createErrands(parts) {
  const { outbox, files } = parts;
  const inPlace = createPlaces(ERRANDS_AT_ONCE);
  /** @type {Map<string, {errand: Job, job?: string}>} by id; `job` is the one that a file is for */
  const running = new Map();

  /** Each asks for its file before it waits for anything: the first piece follows at once. */
  const kinds = {
    fetch: async (errand, step) => {
      if (step.method !== 'GET') throw new Failure('forbidden_path', `${step.method} ${step.path}`);
      await inPlace(errand.abort.signal, () => fetchStep(errand, step, outbox));
    },
    action: async (errand, step) => {
      await inPlace(errand.abort.signal, () => callAction(errand, step, parts));
    },
    put: async (errand, step) => {
      const pieces = await unlessAborted(errand.abort.signal, files.expect(errand.id, step.size));
      await inPlace(errand.abort.signal, () => putFile(errand, step, pieces, parts));
    },
    get: async (errand, step) => {
      await inPlace(errand.abort.signal, () => getFile(errand, step, parts));
    },
    hold: async (errand, { job, name, media_type: type, size }) => {
      const pieces = await unlessAborted(errand.abort.signal, files.expect(errand.id, size));
      files.hold(errand.id, job, new File(pieces, name, { type }));
      outbox.report(errand, { type: 'start' });
      outbox.report(errand, { type: 'head', status: 200, headers: {} });
      outbox.report(errand, { type: 'end' });
    },
  };

  function run({ errand: id, step }) {
    if (running.has(id)) return;
    const errand = newJob(id, 0, step.how ?? 'fetch');
    carryOut(errand, step)
      .catch((error) => reportFailure(errand, error, outbox))
      .finally(() => {
        running.delete(id);
        files.over(id);
      });
  }

  async function carryOut(errand, step) {
    if (running.size >= ERRANDS_LIMIT) throw new Failure('too_much', `This tab has ${running.size} errands to do.`);
    running.set(errand.id, { errand, job: step.job });
    const { how } = errand;
    if (!Object.hasOwn(kinds, how)) throw new Failure('internal', `This script knows no errand “${how}”.`);
    await kinds[how](errand, step);
  }

  /** Of an errand, or of a job with all files that are for it. */
  function cancel({ job: id }) {
    files.drop(id);
    files.release(id);
    for (const { errand, job } of running.values()) if (errand.id === id || job === id) stop(errand, 'cancelled');
  }

  function stop(errand, why) {
    errand.stopped = why;
    errand.abort.abort();
  }

  /** The link is gone: nobody waits for anything any more. */
  function abandon() {
    files.clear();
    for (const { errand } of running.values()) {
      errand.silenced = true;
      errand.abort.abort();
    }
  }

  return {
    run,
    cancel,
    abandon,
    thaw() {
      for (const { errand } of running.values()) stop(errand, 'frozen');
    },
    isIdle: () => !running.size && files.isEmpty(),
  };
}

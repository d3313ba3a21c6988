/** Of gateways that do not tell how long they keep jobs. */
const USUAL_GRACE_SECONDS = 30;

/** Puts the parts together where the script belongs: a driver injects it into blank documents and frames too. */
function main() {
  const belongs = SETTINGS.origins.includes(location.origin) && window.top === window.self;
  if (!belongs) return;
  const { signal } = new native.AbortController();
  const { profile, account, page } = identify();
  const clock = startClock(signal);
  const status = createStatus();
  const ways = createWays(clock);
  const ledger = createLedger();
  const outbox = createOutbox(signal, clock, ledger);
  const state = createPageState(outbox);
  const waiting = createWaiting(signal, clock);
  const signs = watchSigns(signal, (human) => {
    state.want(human);
    status.set({ human });
    notifyPerson(human);
    waiting.poke();
  });
  const observed = observePage(signal);
  const readLate = () => reloads.late();
  const told = createTold();
  const answers = told.along(outbox);
  const files = createFiles();
  const errands = createErrands({ outbox, told, files, actions: createServerActions() });
  const composing = { clock, outbox: answers, status, waiting, signs, observed, files, readLate };
  const composer = createComposer(signal, composing);
  const jobs = createJobs(answers, status, account, composer, ledger, files.release);
  const isIdle = () => jobs.isIdle() && errands.isIdle();
  const reloads = createReloads(signal, waiting, () => isIdle() && !signs.look() && !composer.inUse());
  let resumeKey = ''; // in the page's memory alone: a duplicated tab must not have it
  let carryMs = 0;
  let forgetJobs = () => {};
  const report = startPageReport(signal, outbox);
  const capture = createCapture(outbox, status, observed);
  const handOver = createHandOver(outbox, clock);
  const titleMarks = createTitleMarks(signal, status);
  const link = startLink(signal, {
    clock,
    ways,
    outbox,
    status,
    hello: () => ({
      script: SETTINGS.version,
      token: SETTINGS.secret,
      origin: location.origin,
      profile,
      account,
      page,
      visible: state.visible(),
      slots: offeredSlots(),
      how: ['fetch', 'composer'],
      discarded: document.wasDiscarded === true,
      resumes: true,
      resume_key: resumeKey,
      carrying: jobs.carried(),
    }),
    welcomed: (welcome) => {
      forgetJobs();
      resumeKey = welcome.resume_key ?? '';
      carryMs = resumeKey ? carriedFor(welcome) : 0;
      ledger.use(resumeKey !== '');
      jobs.resume(welcome.jobs ?? []);
      jobs.allow(welcome.slots);
      state.tellAgain();
      signs.use(welcome.signs);
      composer.learn(welcome.signs?.elements);
      report.tellAgain();
      titleMarks.use(welcome.title_marks === true);
    },
    lost: () => {
      capture.forget();
      jobs.suspend();
      errands.abandon();
      forgetJobs();
      forgetJobs = clock.later(carryMs, () => {
        jobs.abandon();
        resumeKey = ''; // coming back with it but without a job would say that the job was never heard of
      });
    },
    piece: files.take,
    on: {
      offer: jobs.offer,
      go: jobs.go,
      errand: errands.run,
      acks: ({ acks }) => acks.forEach((ack) => ledger.acknowledge(...ack)),
      cancel: (message) => {
        jobs.cancel(message);
        errands.cancel(message);
      },
      reload: reloads.asked,
      capture: capture.asked,
      read_page: report.tellAgain,
      session_kept: handOver.answered,
    },
  });
  followLifecycle(signal, outbox, state, jobs, errands, link);
  holdWebLock(signal, page);
  showBadge(signal, { clock, status, tryAgain: link.connect, giveSession: handOver.give });
}

/**
 * How long jobs go on without a link: as long as the gateway keeps them, and it may notice later that the link is broken.
 *
 * @returns {number} milliseconds
 */
const carriedFor = (welcome) => ((welcome.grace_seconds ?? USUAL_GRACE_SECONDS) + silenceLimit(welcome)) * 1000;

main();

/** Puts the parts together where the script belongs: a driver injects it into blank documents and frames too. */
function main() {
  const belongs = SETTINGS.origins.includes(location.origin) && window.top === window.self;
  if (!belongs) return;
  const { signal } = new native.AbortController();
  const { profile, account, page } = identify();
  const clock = startClock(signal);
  const status = createStatus();
  const outbox = createOutbox(signal, clock);
  const jobs = createJobs(outbox, status, account);
  const report = startPageReport(signal, outbox);
  const link = startLink(signal, {
    clock,
    outbox,
    status,
    hello: () => ({
      script: SETTINGS.version,
      token: SETTINGS.secret,
      origin: location.origin,
      profile,
      account,
      page,
      visible: isVisible(),
      slots: offeredSlots(),
      how: ['fetch'],
    }),
    welcomed: ({ slots }) => {
      jobs.allow(slots);
      report.tellAgain();
    },
    lost: jobs.abandon,
    on: {
      offer: jobs.offer,
      go: jobs.go,
      cancel: jobs.cancel,
      read_page: report.tellAgain,
    },
  });
  followLifecycle(signal, outbox, jobs, link);
  holdWebLock(signal, page);
  showBadge(signal, { clock, status, tryAgain: link.connect });
}

main();

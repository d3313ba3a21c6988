/**
 * What happens to the tab as a whole. A frozen tab runs no code at all and still looks alive from outside, so it says
 * so while it can; when it thaws its socket is dead and its answers stand still for ever.
 *
 * @param {AbortSignal} signal
 * @param {Outbox} outbox
 * @param {ReturnType<typeof createPageState>} state
 * @param {ReturnType<typeof createJobs>} jobs
 * @param {ReturnType<typeof createErrands>} errands
 * @param {ReturnType<typeof startLink>} link
 */
function followLifecycle(signal, outbox, state, jobs, errands, link) {
  function freeze() {
    jobs.freeze();
    state.freeze(true);
  }

  function resume() {
    jobs.thaw();
    errands.thaw();
    state.freeze(false);
  }

  function leave() {
    outbox.say({ type: 'bye' });
    link.leave();
  }

  /** A page that is reloaded loses its answers: the browser asks the person first, if they have used the page. */
  function guard(event) {
    if (!jobs.isIdle()) event.preventDefault();
  }

  document.addEventListener('visibilitychange', state.tell, { signal });
  document.addEventListener('freeze', freeze, { signal });
  document.addEventListener('resume', resume, { signal });
  window.addEventListener('beforeunload', guard, { signal });
  window.addEventListener('pagehide', leave, { signal });
}

const isVisible = () => document.visibilityState === 'visible';

/** A browser does not freeze a tab that holds a lock; an open socket alone would not stop it. */
function holdWebLock(signal, page) {
  const released = new Promise((resolve) => signal.addEventListener('abort', resolve));
  navigator.locks?.request(`arena-bridge-${page}`, () => released).catch(() => {}); // forbidden in some sandboxes
}

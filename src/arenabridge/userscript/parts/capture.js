/**
 * The person's next press of Retry, told once while the gateway asks for it: which site session, and which of its
 * answers. The page's own request goes its way untouched. What a job presses in the page is no press of the person's.
 */

/**
 * @param {Outbox} outbox
 * @param {ReturnType<typeof createStatus>} status
 * @param {ReturnType<typeof observePage>} observed
 * @returns {{asked: (message: {on: boolean, path: string}) => void, forget: () => void}}
 */
function createCapture(outbox, status, observed) {
  let isComposing = false;
  status.follow(({ composing }) => (isComposing = composing));

  function asked({ on, path }) {
    forget();
    if (!on) return;
    observed.look(path, pressed);
    status.set({ capturing: true });
  }

  function pressed([, session, message]) {
    if (isComposing) return;
    forget();
    const mode = new URLSearchParams(location.search).get('mode') ?? '';
    outbox.say({ type: 'captured', session, message, mode });
  }

  function forget() {
    observed.look(null);
    status.set({ capturing: false });
  }

  return { asked, forget };
}

/**
 * Whether the page wants the person: a check, a sign-in, a dialog, a challenge in place of the page. The script looks
 * at such a sign and says so; it never touches one.
 *
 * @typedef {{challenge_statuses: number[], signs: {kind: string, finders: Finder[]}[],
 *   elements?: Record<string, Finder[]>}} SignWords
 * @typedef {{kind: string, element: Element | null, words: string}} Shown
 */

const SIGN_WORDS_LENGTH = 300;
/** What ends a movement of the page that no change of the document tells of. */
const MOVEMENT_ENDS = ['transitionend', 'transitioncancel', 'animationend', 'animationcancel'];

/**
 * @param {AbortSignal} signal
 * @param {(human: Human | null) => void} changed
 */
function watchSigns(signal, changed) {
  /** @type {SignWords} */
  let known = { challenge_statuses: [], signs: [] };
  /** @type {Shown | null} */
  let shown = null;
  let ownDialog = false;
  let turnAsked = false;

  /** Once for each turn of the event loop, however much changed in it. */
  const turn = new native.MessageChannel();
  turn.port1.onmessage = () => {
    turnAsked = false;
    look();
  };
  function lookSoon() {
    if (turnAsked) return;
    turnAsked = true;
    turn.port2.postMessage(null);
  }

  /** @returns {Human | null} what is shown at this moment */
  function look() {
    const next = find();
    if (!isSame(shown, next)) {
      shown = next;
      changed(shown && { kind: shown.kind, words: shown.words });
    }
    return shown && { kind: shown.kind, words: shown.words };
  }

  function find() {
    if (known.challenge_statuses.includes(navigationStatus())) return describe('challenge', null);
    for (const { kind, finders } of known.signs) {
      const element = kind === 'dialog' && ownDialog ? null : findOne(finders);
      if (element) return describe(kind, element);
    }
    return null;
  }

  const observer = new MutationObserver(lookSoon);
  signal.addEventListener('abort', () => {
    observer.disconnect();
    turn.port1.close();
  });
  for (const type of MOVEMENT_ENDS) document.addEventListener(type, lookSoon, { signal, passive: true });
  document.addEventListener('readystatechange', lookSoon, { signal });

  return {
    look,
    /** @param {SignWords | undefined} signs  none from a gateway that does not know of them */
    use(signs) {
      if (!signs) return;
      known = { challenge_statuses: [], signs: [], ...signs };
      observer.observe(document, { subtree: true, childList: true, attributes: true });
      look();
    },
    /** While the script itself has opened one of the page's dialogs, a dialog is no sign. */
    expectDialog(expected) {
      ownDialog = expected;
      look();
    },
  };
}

/** @param {Shown | null} one  @param {Shown | null} other  whose words may be a clock: they count once */
function isSame(one, other) {
  if (!one || !other) return one === other;
  return one.kind === other.kind && one.element === other.element && (one.words === other.words || one.words !== '');
}

/** @param {string} kind  @param {Element | null} element  @returns {Shown} */
function describe(kind, element) {
  const words = element ? wordsOf(element) : wordsOfDocument();
  return { kind, element, words: onOneLine(words).slice(0, SIGN_WORDS_LENGTH) };
}

/** A check of another origin says nothing to us; then what is around it, or its title. */
function wordsOf(element) {
  const around = element.closest('[role=dialog], [role=alertdialog], dialog');
  return element.innerText || around?.innerText || accessibleName(element);
}

function wordsOfDocument() {
  if (document.readyState === 'loading') return '';
  const main = document.querySelector('main, [role=main]') ?? document.body;
  return [document.querySelector('title')?.textContent, main?.innerText].filter(Boolean).join(': ');
}

/** @returns {number} the status that this document came with; 0 where the browser does not tell */
function navigationStatus() {
  return performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0;
}

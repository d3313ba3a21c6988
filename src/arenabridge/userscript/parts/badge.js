/**
 * A small sign in the corner of the page that says how the bridge is. A click folds it to a dot, which is remembered;
 * what needs the person unfolds it again.
 */
const BADGE_ELEMENT = 'arena-bridge-badge';
const FOLDED_KEY = 'arena-bridge-folded';
/** The page's framework takes over the server's document first and may throw out what it does not know. */
const BADGE_DELAY_MS = 3_000;
const STATES_THAT_NEED_THE_PERSON = ['waiting', 'blocked', 'needs_you', 'capturing'];
const STATES_TO_TRY_AGAIN_FROM = ['down', 'blocked'];
/** What only a new page, or a new script, can change. */
const REASONS_NOT_TO_TRY_AGAIN = ['csp', 'mixed_content', 'bad_address'];

/**
 * The state is also told in attributes of the element (`data-state`, `data-reason`, `data-text`): the inside is closed
 * to the page and to the tests alike.
 *
 * @param {AbortSignal} signal
 * @param {{clock: Clock, status: ReturnType<typeof createStatus>, tryAgain: () => void,
 *   giveSession: (press: Event) => Promise<HandedOver>}} parts
 */
function showBadge(signal, { clock, status, tryAgain, giveSession }) {
  const badge = buildBadge(giveSession);
  let folded = recallFolded();
  let state = '';

  function paint(next) {
    const nextState = shownState(next);
    if (nextState !== state) {
      state = nextState;
      folded = recallFolded() && !STATES_THAT_NEED_THE_PERSON.includes(state);
    }
    const { headline, advice } = badgeWords(next);
    badge.card.dataset.state = state;
    badge.headline.textContent = headline;
    badge.advice.textContent = advice;
    badge.advice.hidden = !advice;
    badge.again.hidden = !STATES_TO_TRY_AGAIN_FROM.includes(state) || REASONS_NOT_TO_TRY_AGAIN.includes(next.reason);
    badge.head.title = `Arena Bridge: ${headline}`;
    const text = [headline, advice].filter(Boolean).join('. ');
    badge.notify.hidden = state !== 'needs_you' || notifyPermission() !== 'default';
    const reason = state === 'needs_you' ? next.human.kind : next.reason;
    Object.assign(badge.host.dataset, { state, reason, text });
    badge.handOver.use(next.state === 'ready');
    fold();
  }

  function fold() {
    badge.card.classList.toggle('folded', folded);
    badge.head.setAttribute('aria-expanded', String(!folded));
    badge.host.toggleAttribute('data-folded', folded);
  }

  badge.head.addEventListener('click', () => {
    folded = !folded;
    rememberFolded(folded);
    fold();
  });
  badge.again.addEventListener('click', tryAgain);
  badge.notify.addEventListener('click', async () => {
    await Notification.requestPermission(); // the browser asks only after a press of the person's own
    badge.notify.hidden = true;
  });
  status.follow(paint);
  keepMounted(signal, clock, badge.host);
}

/** Puts the badge up once the page is there, and back when the page throws it out. */
function keepMounted(signal, clock, host) {
  const mount = () => {
    if (!signal.aborted && !host.isConnected) document.documentElement.append(host);
  };
  const begin = () => {
    mount();
    const observer = new MutationObserver(mount);
    observer.observe(document.documentElement, { childList: true });
    signal.addEventListener('abort', () => observer.disconnect());
  };
  const soon = () => clock.later(BADGE_DELAY_MS, begin);
  if (document.readyState === 'complete') begin();
  else window.addEventListener('load', begin, { once: true, signal });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', soon, { once: true, signal });
  signal.addEventListener('abort', () => host.remove());
}

function buildBadge(giveSession) {
  const host = document.createElement(BADGE_ELEMENT);
  const root = host.attachShadow({ mode: 'closed' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(BADGE_STYLE);
  root.adoptedStyleSheets = [sheet];
  const head = element('button', 'head');
  const headline = element('span', 'headline');
  const advice = element('p', 'advice');
  const again = element('button', 'again', 'Try again');
  const notify = element('button', 'notify', 'Notify me');
  const card = element('div', 'card');
  const spoken = element('div', 'spoken');
  spoken.setAttribute('role', 'status');
  head.append(element('span', 'dot'), element('span', 'name', 'Arena Bridge'), headline);
  spoken.append(head, advice);
  const handOver = buildHandOverPanel(host, giveSession);
  card.append(spoken, handOver.more, again, notify, handOver.panel);
  root.append(card);
  return { host, card, head, headline, advice, again, notify, handOver };
}

/** @param {string} tag  @param {string} className  @param {string} [text] */
function element(tag, className, text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function recallFolded() {
  try {
    return localStorage.getItem(FOLDED_KEY) === 'yes';
  } catch {
    return false;
  }
}

function rememberFolded(folded) {
  try {
    localStorage.setItem(FOLDED_KEY, folded ? 'yes' : 'no');
  } catch {
    // storage is forbidden here: then it is unfolded next time
  }
}

/** What the badge says. A person who reads it should know what to do next. */

/** @type {Record<ShownState, (status: Status) => string>} */
const STATE_WORDS = {
  starting: () => 'starting',
  connecting: () => 'connecting',
  ready: ({ running, slots }) => `ready, ${running} of ${slots} running`,
  waiting: () => 'waiting for your permission',
  down: () => 'gateway not reachable',
  blocked: () => 'blocked',
  needs_you: ({ human }) => humanWords(human).headline,
  composing: () => 'working in this tab',
  capturing: () => '🎯 press Retry at an answer', // in one line: the person needs the page now
};

/** What the page wants of the person. */
const HUMAN_WORDS = {
  check: { headline: 'the site asks for a check', advice: 'Please complete it in this tab.' },
  challenge: { headline: 'the site shows a challenge page', advice: 'Please complete it in this tab.' },
  sign_in: { headline: 'the site asks you to sign in', advice: 'Please sign in, or close the question.' },
  dialog: { headline: 'the site shows a dialog', advice: 'Please answer or close it.' },
  blocked: { headline: 'the site says your account is blocked', advice: 'Nothing will be sent from this tab.' },
};
const HUMAN_GOES_ON = 'Work goes on by itself afterwards.';
const PAGE_IN_USE = 'Please don’t use this page now. Another tab of the site is all yours.';

/** @type {Record<string, string>} by the reason of a status */
const REASON_WORDS = {
  down: 'Is it running? This tab keeps trying.',
  lost: 'The connection was lost. This tab keeps trying.',
  no_answer: 'It does not answer. This tab keeps trying.',
  permission: 'Your browser asks whether this site may reach apps on this device. Choose “Allow”.',
  permission_denied:
    'Your browser does not let this site reach the gateway. Click the icon left of the address, open the site ' +
    'settings, and allow access to apps on this device.',
  permission_dismissed: 'Your browser’s question was closed. Try again, and choose “Allow”.',
  csp:
    'This page’s security policy (CSP) forbids the connection to the gateway. Install the script again in a userscript ' +
    'manager, and let it reach the gateway: its requests are not bound by it.',
  mixed_content:
    'A secure page can’t use an insecure gateway on another machine. Its address must begin with wss://, or the script ' +
    'be installed in a userscript manager that may reach it.',
  bad_address: 'The gateway’s address in this script is not valid. Install the script again from the gateway.',
};

/** What forbids the page to connect by itself, by the reason of a status, where the script goes round about. */
const ROUND_ABOUT_WORDS = {
  csp: 'this page’s security policy (CSP)',
  mixed_content: 'the gateway’s address, which is not a secure one,',
  permission_denied: 'your browser’s setting for this site (icon left of the address)',
  permission_dismissed: 'your browser, whose question was closed,',
  blocked: 'something in your browser, such as a blocker,',
  permission_waiting: 'your browser, as long as its question is not answered,',
};
const roundAboutWords = (reason) =>
  `Connected by way of the userscript manager, since ${ROUND_ABOUT_WORDS[reason]} forbids a direct connection.`;

/** Codes that gateways may refuse us with, for those that send no words of their own. */
const REFUSAL_WORDS = {
  wrong_secret: 'The gateway does not know this script’s secret. Install the script again from the gateway.',
  old_script: 'This script is too old for the gateway. Install it again from the gateway.',
  old_protocol: 'This script is too old for the gateway. Install it again from the gateway.',
};

/** Where the person hands their session over. */
const HAND_OVER_WORDS = {
  offer: 'Work without this tab…',
  question:
    'The gateway can work with your session at this site while no tab is open. It is your whole account here: give it ' +
    'only to a gateway that you trust. It is used for nobody whom this tab does not serve. Once the gateway has renewed ' +
    'it, this browser may ask you to sign in again.',
  yes: 'Give it to the gateway',
  giving: 'Giving it…',
  silent: 'The gateway did not answer. It may be too old for this.',
  hidden:
    'This script can’t read your session: the site keeps it from scripts, or you are not signed in. Copy it by hand: F12, ' +
    'Application (or Storage), Cookies, the value of arena-auth-prod-v1 or of all its pieces .0, .1. Paste it in the ' +
    'gateway’s dashboard, on the page Direct sessions.',
};

/**
 * @typedef {StateName | 'needs_you' | 'composing' | 'capturing'} ShownState
 * @param {Status} status
 * @returns {ShownState} without a link nothing else matters
 */
function shownState({ state, human, composing, capturing }) {
  if (state !== 'ready') return state;
  if (human) return 'needs_you';
  if (capturing) return 'capturing';
  return composing ? 'composing' : 'ready';
}

/** @param {Status} status  @returns {{headline: string, advice: string}} */
function badgeWords(status) {
  const { reason, message, human } = status;
  const state = shownState(status);
  if (state === 'ready') return { headline: STATE_WORDS.ready(status), advice: reason ? roundAboutWords(reason) : '' };
  const reasonWords = message || REASON_WORDS[reason] || REFUSAL_WORDS[reason] || (state === 'blocked' ? reason : '');
  const needed = { needs_you: () => humanWords(human).advice, composing: () => PAGE_IN_USE, capturing: () => '' };
  const advice = needed[state]?.() ?? reasonWords;
  return { headline: STATE_WORDS[state](status), advice };
}

/** @param {Human} human  @returns {{headline: string, advice: string}} with the page's own words */
function humanWords({ kind, words }) {
  const { headline, advice } = HUMAN_WORDS[kind] ?? HUMAN_WORDS.dialog;
  const quoted = words ? `The page says: “${words}”` : '';
  return { headline, advice: [advice, kind === 'blocked' ? '' : HUMAN_GOES_ON, quoted].filter(Boolean).join(' ') };
}

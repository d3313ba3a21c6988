/** What the badge says. A person who reads it should know what to do next. */

/** @type {Record<StateName, (status: Status) => string>} */
const STATE_WORDS = {
  starting: () => 'starting',
  connecting: () => 'connecting',
  ready: ({ running, slots }) => `ready, ${running} of ${slots} running`,
  waiting: () => 'waiting for your permission',
  down: () => 'gateway not reachable',
  blocked: () => 'blocked',
};

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
  csp: 'This page’s security policy (CSP) forbids the connection to the gateway.',
  mixed_content: 'A secure page can’t use an insecure gateway on another machine. Its address must begin with wss://.',
  bad_address: 'The gateway’s address in this script is not valid. Install the script again from the gateway.',
};

/** Codes that gateways may refuse us with, for those that send no words of their own. */
const REFUSAL_WORDS = {
  wrong_secret: 'The gateway does not know this script’s secret. Install the script again from the gateway.',
  old_script: 'This script is too old for the gateway. Install it again from the gateway.',
  old_protocol: 'This script is too old for the gateway. Install it again from the gateway.',
};

/** @param {Status} status  @returns {{headline: string, advice: string}} */
function badgeWords(status) {
  const { state, reason, message } = status;
  return {
    headline: STATE_WORDS[state](status),
    advice: message || REASON_WORDS[reason] || REFUSAL_WORDS[reason] || (state === 'blocked' ? reason : ''),
  };
}

/**
 * @typedef {'starting' | 'connecting' | 'ready' | 'waiting' | 'down' | 'blocked'} StateName
 * @typedef {object} Status
 * @property {StateName} state
 * @property {string} reason   why, as a stable name (`csp`, a code of the gateway); of a ready link, why it is no socket
 * @property {string} message  why, in the gateway's own words
 * @property {number} running  jobs
 * @property {number} slots    jobs this profile may run at once
 * @property {boolean} composing  a job uses the page
 * @property {boolean} capturing  the person's next press of Retry is waited for
 * @property {Human | null} human  what the page wants of the person
 */

/**
 * The one place that knows how things stand; the badge follows it.
 *
 * @returns {{set: (change: Partial<Status>) => void, follow: (call: (status: Status) => void) => void}}
 */
function createStatus() {
  /** @type {Status} */
  let status = {
    ...{ state: 'starting', reason: '', message: '', running: 0, slots: 0 },
    ...{ composing: false, capturing: false, human: null },
  };
  const followers = [];
  return {
    set(change) {
      status = { ...status, ...change };
      for (const call of followers) call(status);
    },
    follow(call) {
      followers.push(call);
      call(status);
    },
  };
}

/**
 * The person gives the gateway the session of this page, with which it can work when no tab is open. It leaves by a
 * press of their own alone: no message of the gateway leads here, and a press that a program makes is none.
 *
 * @typedef {{kept: boolean, words: string}} HandedOver
 */
const SESSION_COOKIE = /^\s*(arena-auth-prod-v1(?:\.\d)?=[^;]+)/;
const HAND_OVER_LIMIT_MS = 15_000;

/**
 * @param {Outbox} outbox
 * @param {Clock} clock
 * @returns {{give: (press: Event) => Promise<HandedOver>, answered: (message: HandedOver) => void}}
 */
function createHandOver(outbox, clock) {
  let tell = () => {};

  return {
    give(press) {
      if (!press.isTrusted) return Promise.reject(new Failure('internal', 'no press of the person'));
      const value = sessionIn(document.cookie);
      if (!value) return Promise.resolve({ kept: false, words: HAND_OVER_WORDS.hidden });
      return new Promise((resolve) => {
        const forget = clock.later(HAND_OVER_LIMIT_MS, () => tell({ kept: false, words: HAND_OVER_WORDS.silent }));
        tell = (result) => {
          forget();
          tell = () => {};
          resolve(result);
        };
        outbox.say({ type: 'session', value });
      });
    },
    answered: ({ kept, words }) => tell({ kept, words }),
  };
}

/** @param {string} cookies  as `document.cookie` has them  @returns {string} the session's pieces; empty if none can be read */
function sessionIn(cookies) {
  const pieces = cookies.split(';').map((each) => SESSION_COOKIE.exec(each)?.[1]);
  return pieces.filter(Boolean).join('; ');
}

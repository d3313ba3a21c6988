/**
 * What this tab can do now, as the gateway was last told.
 *
 * @typedef {{kind: string, words: string}} Human  what the page wants of the person, in its own words
 *
 * @param {Outbox} outbox
 */
function createPageState(outbox) {
  let frozen = false;
  /** @type {Human | null} */
  let human = null;
  const tell = () => outbox.say({ type: 'state', visible: isVisible(), frozen, human });

  return {
    tell,
    freeze(now) {
      frozen = now;
      tell();
    },
    /** @param {Human | null} next */
    want(next) {
      human = next;
      tell();
    },
    /** A new connection takes a tab for one that wants nobody. */
    tellAgain() {
      if (human) tell();
    },
  };
}

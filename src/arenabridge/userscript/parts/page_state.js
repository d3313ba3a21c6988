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
  let helloVisible = true;
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
    /** @returns {boolean} for the introduction */
    visible: () => (helloVisible = isVisible()),
    /** A new connection knows the introduction alone: the tab may have changed since, and may want somebody. */
    tellAgain() {
      if (human || isVisible() !== helloVisible) tell();
    },
  };
}

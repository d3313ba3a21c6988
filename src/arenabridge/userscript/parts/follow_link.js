/**
 * Going to another of the page's places by its own link: its own code shows the place in this document, so that script
 * and jobs stay alive. Not every page has such a link, and there is another way: that is known soon.
 */

/** A list that is there may be about to be drawn again, and has the link after that. */
const LISTED_LIMIT_MS = 300;
/** A page that was loaded this long ago has brought its list, if it has one, and its links are alive. */
const LIVE_LIMIT_MS = 3_000;
/** A link that the page's own code did not take into its hands yet is pressed again after this time. */
const LINK_AGAIN_MS = 250;
/** The page fetches what is said there. */
const ARRIVED_LIMIT_MS = 4_000;

/**
 * @param {Hand} hand
 * @param {string} element  the link
 * @param {string} list  such links, by which a list of them shows that it is there
 * @param {() => boolean} there  the page's address is the link's
 */
async function followLink(hand, element, list, there) {
  const before = lastSaid(hand);
  const youngMs = () => LIVE_LIMIT_MS - performance.now();
  const patienceMs = hand.one(list) ? LISTED_LIMIT_MS : Math.max(LISTED_LIMIT_MS, youngMs());
  let link = await hand.until(patienceMs, () => hand.one(element));
  while (link && !press(link)) {
    const again = youngMs() > 0 && !(await hand.until(LINK_AGAIN_MS, () => false));
    link = again && hand.one(element);
  }
  if (!link) throw new Failure('element_missing', element);
  await arrive(hand, element, there, before);
}

/** The address may change before what is shown does: nothing is to be written into the place that is left. */
async function arrive(hand, element, there, before) {
  const isShown = () => there() && isOther(lastSaid(hand), before);
  if (await hand.until(ARRIVED_LIMIT_MS, isShown)) return;
  if (before || !there()) throw new Failure('element_missing', `${element} that does anything`);
}

/** @returns {{card: Element, text: string} | null} the last answer that the page shows */
function lastSaid(hand) {
  const card = hand.one('answer');
  return card && { card, text: card.textContent };
}

const isOther = (now, before) => now !== null && (now.card !== before?.card || now.text !== before.text);

/** The answer as the page shows it, for a page whose own request can't be seen. */

const PAGE_TEXT = 'text/x-arenabridge-page';
/** The page shows that it works, and nothing moves: longer than the slowest answer. */
const STILL_LIMIT_MS = 600_000;
/** The page no longer shows that it works: its last words may still be on their way to the screen. */
const SETTLE_MS = 500;
/** A page that has no stop button at all has ended when nothing moved for so long. */
const SETTLE_WITHOUT_STOP_MS = 5_000;

/**
 * Passes on what is added to the page's answer. What was passed on can't be taken back, so an answer that changes
 * where it was already read fails, and a text that the page lays out is read up to its last whole line.
 *
 * @param {Job} job
 * @param {() => Element | null} card  the answer in the page
 * @param {() => boolean} isWorking
 * @param {boolean} hasWorked  it was seen to work before
 * @param {() => unknown} isAsked  the page's own request is seen after all
 * @param {{waiting: Waiting, outbox: Outbox}} parts
 * @returns {Promise<boolean>} false if nothing was passed on, for the request tells more than the page's text
 */
async function readPageAnswer(job, card, isWorking, hasWorked, isAsked, { waiting, outbox }) {
  const { signal } = job.abort;
  let told = '';
  let worked = hasWorked;
  const passOnText = (text) => {
    const changed = !text.startsWith(told);
    if (changed) throw new Failure('answer_changed', `The page changed ${told.length} characters that it had shown.`);
    if (text.length > told.length && !told) beginPageAnswer(job, outbox);
    if (text.length > told.length) outbox.chunk(job, text.slice(told.length));
    told = text;
  };
  for (;;) {
    if (!told && isAsked()) return false;
    const shown = textOfAnswer(card());
    const working = isWorking();
    worked ||= working;
    passOnText(shown.settled);
    await outbox.room(signal);
    const moved = () => (!told && isAsked()) || textOfAnswer(card()).whole !== shown.whole || isWorking() !== working;
    const stillFor = working ? STILL_LIMIT_MS : worked ? SETTLE_MS : SETTLE_WITHOUT_STOP_MS;
    if (await waiting.until(signal, stillFor, moved)) continue;
    if (working) throw new Failure('fetch_failed', 'The page works and shows nothing new.');
    passOnText(shown.whole);
    if (!told) beginPageAnswer(job, outbox);
    return true;
  }
}

function beginPageAnswer(job, outbox) {
  outbox.report(job, { type: 'head', status: 200, headers: { 'content-type': PAGE_TEXT } });
}

/**
 * @param {Element | null} element
 * @returns {{whole: string, settled: string}} `settled` is what will not change as more comes
 */
function textOfAnswer(element) {
  if (!element) return { whole: '', settled: '' };
  if (isShownAsItIs(element)) {
    const whole = element.textContent;
    return { whole, settled: whole.replace(/[\uD800-\uDBFF]$/, '') }; // not half of a character
  }
  const whole = element.innerText;
  return { whole, settled: whole.slice(0, whole.lastIndexOf('\n') + 1) };
}

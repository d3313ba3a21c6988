/**
 * After the press: the answer to the page's own request or, if none is seen, what the page shows.
 *
 * The page may ask more than once: a site that refuses a request lacking a check shows the check to the person, and
 * the page asks again when it is done. So a refusal is held back until it is clear that the page leaves it at that.
 */

/** Nothing is asked, nothing is shown, nobody is wanted. */
const NOTHING_LIMIT_MS = 10_000;
/** How long the person may take for what the page wants, unless the recipe says otherwise. */
const HUMAN_LIMIT_SECONDS = 120;
/**
 * A refusal is followed by a sign within this time, and a sign that went by the page's next request, or by none. A check
 * is loaded from elsewhere: to pass the refusal on too early would have the same asked twice.
 */
const REFUSAL_LIMIT_SECONDS = 15;
const REFUSALS_A_PERSON_CLEARS = [401, 403];
const REFUSAL_LENGTH = 1 << 16;
/** A page that shows text without having asked in sight has had time to ask: its check runs before its request. */
const UNSEEN_REQUEST_MS = 1_500;

/**
 * @typedef {object} AnswerSights
 * @property {Exchange[]} asked  requests of the page that were not looked at yet; grows as it asks
 * @property {Element | null} answerBefore  the last answer that stood in the page before
 * @property {number} humanSeconds  how long the person may take
 * @property {number} refusalSeconds  how long a refusal is held back
 * @property {boolean} worked  the page has shown that it works on an answer
 * @property {boolean} refused  the site has refused what the page asked last; it may ask again
 * @property {boolean} answered  the site's answer has begun
 *
 * @param {Job} job
 * @param {{model: string, actions: object[], recipe: {model_field: string}}} composition
 * @param {AnswerSights & {hand: Hand}} composing
 * @param {{waiting: Waiting, signs: ReturnType<typeof watchSigns>, outbox: Outbox, clock: Clock}} parts
 * @returns {Promise<'asked' | 'shown'>} how the answer was read
 */
async function readComposedAnswer(job, composition, composing, parts) {
  const { waiting, outbox } = parts;
  const { signal } = job.abort;
  const shown = shownAnswer(composing, parts);
  const holdMs = composing.refusalSeconds * 1000;
  /** @type {{head: object, text: string} | null} */
  let refusal = null;
  for (;;) {
    const next = await (refusal
      ? nextSight(composing, () => '', holdMs, parts)
      : nextSight(composing, shown, NOTHING_LIMIT_MS, parts));
    if (next === 'nothing' && refusal) return passOnRefusal(job, refusal, outbox);
    if (next === 'nothing') throw new Failure('fetch_failed', 'The page asked for nothing and showed nothing.');
    if (next === 'shown' && (await readShown(job, composing, parts))) return 'shown';
    if (next === 'shown') continue;
    refusal = null;
    const { response, head } = await answerTo(composing.asked.shift(), composition, signal);
    composing.answered = true;
    composing.refused = mayBeClearedHere(head);
    if (!composing.refused) return await passOnResponse(job, response, head, outbox);
    refusal = { head, text: (await sent(response.text())).slice(0, REFUSAL_LENGTH) };
    const goesOn = () => parts.signs.look() || composing.asked.length;
    if (!(await waiting.until(signal, holdMs, goesOn))) return passOnRefusal(job, refusal, outbox);
  }
}

/** A challenge page in place of an answer is cleared by reloading the page, and nothing in this one asks again. */
function mayBeClearedHere({ status, headers }) {
  return REFUSALS_A_PERSON_CLEARS.includes(status) && !headers['content-type']?.startsWith('text/html');
}

/** @returns {Promise<'asked' | 'shown' | 'nothing'>} what comes next; waits for the person where the page wants them */
async function nextSight({ hand, asked, humanSeconds }, shown, limitMs, { waiting, signs }) {
  const { signal } = hand;
  const seen = () => (asked.length && 'asked') || shown();
  for (;;) {
    const next = await waiting.until(signal, limitMs, () => seen() || (signs.look() && 'human'));
    if (next === null && !hand.one('stop')) return 'nothing';
    if (next === null) continue; // it works, only slowly: the gateway knows how long it wants to wait
    if (next !== 'human') return next;
    const cleared = await waiting.until(signal, humanSeconds * 1000, () => seen() || !signs.look());
    if (!cleared) throw new Failure('needs_human', `${signs.look()?.kind}: nobody came within ${humanSeconds} s.`);
  }
}

/** @returns {() => '' | 'shown'} whether the page shows an answer that it has not asked for in sight */
function shownAnswer(composing, { clock, waiting }) {
  const { hand, answerBefore } = composing;
  let since = 0;
  return () => {
    composing.worked ||= hand.one('stop') !== null;
    const card = newAnswer(hand, answerBefore);
    if (!card || !textOfAnswer(card).whole) return '';
    if (!since) {
      since = performance.now();
      clock.later(UNSEEN_REQUEST_MS + 1, waiting.poke);
    }
    return performance.now() - since >= UNSEEN_REQUEST_MS ? 'shown' : '';
  };
}

/** @returns {Element | null} what the newest answer says, if it is not the one that stood there before */
function newAnswer(hand, before) {
  const card = hand.one('answer');
  if (!card || card === before) return null;
  return hand.all('answer_text').findLast((part) => card.contains(part)) ?? card;
}

/** @returns {Promise<boolean>} false if the page's own request came after all before anything was passed on */
function readShown(job, { hand, answerBefore, worked, asked }, parts) {
  const card = () => newAnswer(hand, answerBefore);
  return readPageAnswer(job, card, () => hand.one('stop') !== null, worked, () => asked.length, parts);
}

/**
 * @param {Exchange} exchange
 * @param {{model: string, actions: object[], recipe: {model_field: string, session_field?: string,
 *   forbidden_fields?: string[], attachments_field?: string}}} composition
 * @returns {Promise<{response: Response, head: object}>}
 */
async function answerTo(exchange, { model, recipe, actions }, signal) {
  const files = actions.flatMap((action) => action.files ?? []);
  try {
    const named = fieldsOf(await unlessAborted(signal, exchange.body));
    if (named) seeModel(named, model, recipe);
    if (named && files.length) seeFiles(named, files.length, recipe);
    const response = await unlessAborted(signal, sent(exchange.response));
    const session = named?.[recipe.session_field];
    return { response, head: { ...headOf(response), ...(typeof session === 'string' && { session }) } };
  } catch (error) {
    leaveUnread(exchange);
    throw error;
  }
}

/**
 * A request without a model lets the site draw two of its own, and a second one doubles what is paid. No model is to be
 * seen where an answer is made again, for the site knows whose it was, and where the site is to draw them.
 */
function seeModel(named, model, { model_field, forbidden_fields = [], required_fields = {} }) {
  const asked = named[model_field];
  if (model && asked !== model) {
    throw new Failure('wrong_model', `The page asked for ${asked ?? 'no model of its own choice'}.`);
  }
  const second = forbidden_fields.find((field) => (named[field] ?? null) !== null);
  if (second) throw new Failure('wrong_model', `The page asked for a second model (${second}).`);
  const other = Object.keys(required_fields).find((field) => named[field] !== required_fields[field]);
  if (other) throw new Failure('wrong_model', `The page asked with ${other} ${named[other] ?? 'left out'}.`);
}

/** Messages of earlier turns may be in the body too, before the one that is sent, and an empty one for its answer. */
function seeFiles(named, count, { attachments_field: field }) {
  if (!field) return;
  const sentFiles = listsUnder(field, named).findLast((list) => list.length) ?? [];
  const words = `The page sent ${sentFiles.length} of ${count} files.`;
  if (sentFiles.length < count) throw new Failure('files_missing', words);
}

/** @returns {unknown[][]} every list that stands under this key, in order */
function listsUnder(field, value) {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  return entries.flatMap(([key, each]) => (key === field && Array.isArray(each) ? [each] : listsUnder(field, each)));
}

/** @param {string} body  @returns {Record<string, unknown> | null} null if it is not JSON: then it can't be told */
function fieldsOf(body) {
  try {
    return native.decode(body) ?? null;
  } catch {
    return null;
  }
}

/** A copy that nobody reads would be kept in memory for as long as the page reads its own. */
function leaveUnread({ response }) {
  response.then((copy) => copy.body?.cancel()).catch(() => {});
}

async function passOnResponse(job, response, head, outbox) {
  outbox.report(job, head);
  if (!response.body) return 'asked';
  const reader = response.body.getReader();
  job.abort.signal.addEventListener('abort', () => reader.cancel().catch(() => {}), { once: true });
  await passOn(reader, job, outbox);
  return 'asked';
}

function passOnRefusal(job, { head, text }, outbox) {
  outbox.report(job, head);
  if (text) outbox.chunk(job, text);
  return 'asked';
}

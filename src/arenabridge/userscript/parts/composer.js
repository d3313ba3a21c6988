/**
 * Jobs that use the page as the person would, one at a time: its message box is filled, its own button pressed, and
 * the answer to the page's own request read along. Such a job owns the tab; the person's own chat is never disturbed.
 */

/** An offer that comes while the page is about to become idle waits for it: a refusal would cost more. */
const IDLE_LIMIT_MS = 1_000;
/** A page that was told to answer shows its stop button by then. */
const STOP_LIMIT_MS = 3_000;

/**
 * @param {AbortSignal} signal
 * @param {{clock: Clock, outbox: Outbox, status: ReturnType<typeof createStatus>, waiting: Waiting,
 *   signs: ReturnType<typeof watchSigns>, observed: ReturnType<typeof observePage>, files: Files,
 *   readLate: () => void}} parts
 *   `readLate` is told when an answer had to be read from the page's text
 */
function createComposer(signal, parts) {
  const { status, waiting, signs } = parts;
  /** The page's parts, known from the gateway's welcome and from the last job. */
  let elements = {};
  let composing = false;
  /** The address of a page without a message box from which a job did not get away. */
  let stranded = '';

  const one = (name) => findOne(elements[name] ?? []);

  function learn(known) {
    elements = { ...elements, ...known };
  }

  /** @returns {string} why the page can't be used now; empty if it can */
  function whyNot() {
    const human = signs.look();
    if (human) return `the page wants the person (${human.kind})`;
    if (composing) return 'the page is in use by another job';
    return inUse() || unfit();
  }

  /** @returns {string} why no job can be done from here; empty if one may */
  function unfit() {
    if (!elements.message_box || document.readyState !== 'complete' || one('message_box')) return '';
    return location.href === stranded || !one('new_chat') ? 'this page has no message box' : '';
  }

  const inUse = () => useOf(one);

  async function whyNotSoon() {
    await waiting.until(signal, IDLE_LIMIT_MS, () => signs.look() || !whyNot());
    return whyNot();
  }

  /** @param {Job} job  @param {{recipe: object, actions: object[], model: string}} composition */
  async function carryOut(job, composition) {
    if (composing) throw new Failure('page_busy', 'another job uses the page');
    learn(composition.recipe.elements);
    own(true);
    const work = startWork(job, composition, parts);
    try {
      await work.run();
    } catch (error) {
      if (error.kind === 'element_missing' && !one('message_box')) stranded = location.href;
      throw error;
    } finally {
      tidyUp(work).finally(() => own(false));
    }
  }

  /** What the job leaves behind is cleared away after the gateway was told how it ended. */
  async function tidyUp({ filled, attached, left, ended, stopLimitMs }) {
    if (!left()) {
      empty(filled());
      return takeOff(attached());
    }
    if (!ended()) await stopAnswer(stopLimitMs());
  }

  /** What the page wants of the person comes before, and once they came it may ask again: that is stopped too. */
  async function stopAnswer(limitMs) {
    const stop = await waiting.until(signal, limitMs, () => signs.look() ?? one('stop'));
    if (!signs.look()) return stop && press(stop);
    await waiting.until(signal, NO_LIMIT_MS, () => !signs.look());
    return stopAnswer(STOP_LIMIT_MS);
  }

  function empty(filled) {
    const box = filled && one(filled.element);
    if (box && textOfBox(box)) fillBox(box, '');
  }

  /** What can't be taken off again stays for the person to see, and no job begins before they did it. */
  async function takeOff(attached) {
    if (!attached) return;
    await waiting.until(signal, NO_LIMIT_MS, () => !signs.look());
    const shown = () => findAll(elements[attached.preview] ?? []).length;
    for (let left = attached.files.length; left > 0; left -= 1) {
      const count = await waiting.until(signal, LATE_PREVIEW_MS, shown);
      const button = one(attached.remove);
      if (!count || !button) return;
      press(button);
      await waiting.until(signal, TAKEN_LIMIT_MS, () => shown() < count);
    }
  }

  function own(now) {
    composing = now;
    status.set({ composing });
    waiting.poke();
  }

  return { learn, whyNotSoon, inUse, carryOut };
}

/** @param {(name: string) => Element | null} one  @returns {string} what the person does in the page; empty if nothing */
function useOf(one) {
  if (one('stop')) return 'the page is answering';
  if (one('attachment')) return 'there is a file in the message box';
  const box = one('message_box');
  return box && textOfBox(box) ? 'there is a text in the message box' : '';
}

/** One job in the page. */
function startWork(job, composition, { clock, outbox, waiting, signs, observed, files, readLate }) {
  const { recipe, actions } = composition;
  const hand = createHand(job.abort.signal, recipe, { waiting, signs });
  /** A job that was granted keeps its files, whatever becomes of the link. */
  const brought = new Map(actions.flatMap(({ files: ids = [] }) => ids.map((id) => [id, files.held(id)])));
  let ended = false;
  let endWatch = () => {};
  /** @type {Composing & AnswerSights} */
  const composing = {
    hand,
    filled: null,
    attached: null,
    held: (id) => brought.get(id) ?? null,
    asked: [],
    answerBefore: null,
    humanSeconds: recipe.human_seconds ?? HUMAN_LIMIT_SECONDS,
    refusalSeconds: recipe.refusal_seconds ?? REFUSAL_LIMIT_SECONDS,
    worked: false,
    refused: false,
    answered: false,
    leaving,
  };

  function leaving() {
    composing.answerBefore = hand.one('answer');
    endWatch = observed.watch(recipe.requests, (exchange) => {
      composing.asked.push(exchange);
      waiting.poke();
    });
    outbox.report(job, { type: 'start' });
    job.started = true;
  }

  async function run() {
    try {
      await toTheSend();
      const how = await readComposedAnswer(job, composition, composing, { waiting, signs, outbox, clock });
      ended = true;
      outbox.report(job, { type: 'end' });
      if (how === 'shown') readLate();
    } finally {
      endWatch();
      composing.asked.forEach(leaveUnread);
    }
  }

  async function toTheSend() {
    seeUnused();
    for (const action of actions) {
      hand.free();
      if (!Object.hasOwn(ACTIONS, action.do)) throw new Failure('internal', `This script knows no “${action.do}”.`);
      await ACTIONS[action.do](composing, action);
    }
    if (!job.started) throw new Failure('internal', 'The composition sends nothing.');
  }

  function seeUnused() {
    const inUse = useOf(hand.one);
    if (inUse) throw new Failure('page_busy', inUse);
  }

  return {
    run,
    filled: () => composing.filled,
    attached: () => composing.attached,
    left: () => job.started,
    /** How long a page that does not show its stop button may still come to show it. */
    stopLimitMs: () => {
      if (composing.refused) return composing.refusalSeconds * 1000;
      return composing.answered ? 0 : STOP_LIMIT_MS;
    },
    ended: () => ended,
  };
}

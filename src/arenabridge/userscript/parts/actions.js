/**
 * What a composition consists of, each done and seen to be done.
 *
 * @typedef {object} Composing  one job in the page
 * @property {Hand} hand
 * @property {{element: string, text: string} | null} filled  what stands in the message box on the job's behalf
 * @property {AttachAction | null} attached  the files that are on the message on its behalf
 * @property {(errand: string) => File | null} held  a file that the gateway has sent before
 * @property {() => void} leaving  the next thing that happens is the press that may cost the person's quota
 *
 * @type {Record<string, (composing: Composing, action: object) => Promise<void>>}
 */
const ACTIONS = {
  async open({ hand }, { element, path, place }) {
    const empty = () => new RegExp(path).test(location.pathname + location.search) && !hand.one('answer');
    if (!empty()) await hand.pressUntil(element, empty, undefined, place);
  },

  async return({ hand }, { element, list = '', path }) {
    const there = () => new RegExp(path).test(location.pathname);
    if (!there()) await followLink(hand, element, list, there);
  },

  async toggle({ hand }, { element, optional }) {
    if (optional && document.readyState === 'complete' && !hand.one(element)) return;
    const found = await hand.seek(element);
    if (isOn(found)) return;
    if (tellsWhetherOn(found)) await hand.pressUntil(element, () => isOn(hand.one(element)));
    else press(found);
  },

  async choose({ hand }, action) {
    await choose(hand, action);
  },

  async fill(composing, { element, text }) {
    const box = await composing.hand.seek(element);
    composing.filled = { element, text: asBoxText(text) };
    fillBox(box, composing.filled.text);
    await composing.hand.until(TAKEN_LIMIT_MS, () => isTaken(composing));
    seeTaken(composing);
  },

  async attach(composing, action) {
    const files = action.files.map(composing.held);
    const missing = files.filter((file) => !file).length;
    if (missing) throw new Failure('files_missing', `${missing} of ${files.length} files are not here.`);
    composing.attached = action;
    await attachFiles(composing.hand, action, files);
  },

  async again(composing, { element }) {
    const { hand } = composing;
    const button = await hand.seek(element);
    hand.free();
    composing.leaving();
    press(button);
  },

  async send(composing, { element }) {
    const { hand } = composing;
    await hand.seek(element);
    await seeAttached(composing);
    const enabled = () => isEnabled(hand.one(element));
    if (!(await hand.until(ENABLED_LIMIT_MS, enabled))) throw await whyDisabled(composing, element, enabled);
    const button = hand.one(element);
    if (!isEnabled(button)) throw new Failure('element_missing', element);
    hand.free();
    seeTaken(composing);
    composing.leaving();
    if (!press(button)) throw new Failure('fetch_failed', 'The page’s own code did not take the press.');
  },
};

/** A box whose page changes what it holds in another turn of the event loop has done so by then. */
const TAKEN_LIMIT_MS = 1_000;
/** A page that takes a text lets it be sent by then. */
const ENABLED_LIMIT_MS = 2_000;
const ON_ATTRIBUTES = ['aria-pressed', 'aria-selected', 'aria-checked'];

/** @param {Element | null} element */
const isOn = (element) => ON_ATTRIBUTES.some((name) => element?.getAttribute(name) === 'true');
const tellsWhetherOn = (element) => ON_ATTRIBUTES.some((name) => element.hasAttribute(name));

const heldText = ({ hand, filled }) => {
  const box = filled && hand.one(filled.element);
  return box ? textOfBox(box) : null;
};
const isTaken = (composing) => heldText(composing) === composing.filled?.text;

/** A page that would let something short be sent refuses this text: it is too long for it. */
async function whyDisabled({ hand, filled }, element, enabled) {
  fillBox(await hand.seek(filled.element), '.');
  const length = filled.text.length;
  const takesLess = await hand.until(TAKEN_LIMIT_MS, enabled);
  if (takesLess) return new Failure('text_refused', `It refuses these ${length} characters.`);
  return new Failure('element_missing', `${element} that is enabled`);
}

/** A page that shows its files before it has brought them to the site may not let anything be sent meanwhile. */
async function seeAttached({ hand, attached }) {
  if (!attached) return;
  const whole = () => isAttached(hand, attached, attached.files.length);
  if (!(await hand.until(UPLOAD_LIMIT_MS, whole))) throw filesMissing(hand, attached, attached.files.length);
}

/** Never is anything sent that is not exactly what the job was given. */
function seeTaken(composing) {
  if (isTaken(composing)) return;
  const { element, text } = composing.filled;
  const held = heldText(composing);
  if (held === null) throw new Failure('element_missing', element);
  throw new Failure('text_refused', `It holds ${held.length} of ${text.length} characters.`);
}

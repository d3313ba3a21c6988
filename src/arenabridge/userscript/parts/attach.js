/** Files on the page's message, by its own attach control. */

/** A file of 10 MB on a slow line, and the site's own steps around it. */
const UPLOAD_LIMIT_MS = 120_000;
/** A page that shows fewer files than it was given, and is not busy, for so long has dropped them. */
const DROPPED_MS = 5_000;
/** What a press of the page's attach button brings is there by then. */
const INPUT_LIMIT_MS = 2_000;
/** Files that a job has given to the page may show up after it: the person was asked about them first. */
const LATE_PREVIEW_MS = 3_000;

/**
 * @typedef {{element: string, files: string[], button: string, box: string, preview: string, busy: string,
 *   remove: string}} AttachAction
 *
 * @param {Hand} hand
 * @param {AttachAction} action
 * @param {File[]} files
 */
async function attachFiles(hand, action, files) {
  const input = hand.one(action.element);
  const batches = input && !input.multiple ? files.map((file) => [file]) : [files];
  let expected = 0;
  for (const batch of batches) {
    await attachBatch(hand, action, batch);
    expected += batch.length;
    await settled(hand, action, expected, files.length);
  }
}

/** Until the page shows so many files and is done with them; of those it drops none comes back. */
async function settled(hand, action, expected, count) {
  const begun = performance.now();
  const isDone = () => isAttached(hand, action, expected);
  const isShort = () => hand.all(action.preview).length < expected && !hand.one(action.busy);
  for (;;) {
    const left = UPLOAD_LIMIT_MS - (performance.now() - begun);
    if (left <= 0 || !(await hand.until(left, () => isDone() || isShort()))) break;
    if (isDone()) return;
    if (!(await hand.until(DROPPED_MS, () => !isShort()))) break;
  }
  throw filesMissing(hand, action, count);
}

/** @returns {boolean} whether the page shows so many files and is done with them */
function isAttached(hand, { preview, busy }, count) {
  return hand.all(preview).length === count && !hand.one(busy);
}

function filesMissing(hand, { preview }, count) {
  return new Failure('files_missing', `The page shows ${hand.all(preview).length} of ${count} files.`);
}

/** By one way after the other, until the page shows that it took notice. */
async function attachBatch(hand, { element, button, box, preview, busy }, files) {
  const before = hand.all(preview).length;
  const noticed = () => hand.all(preview).length > before || hand.one(busy);
  const ways = [
    async () => putIntoInput(await enabledInput(hand, element), files),
    async () => dropOn(hand.one(box), files),
    async () => pasteInto(hand.one(box), files),
    async () => putIntoInput(await inputBehind(hand, button, element), files),
  ];
  for (const give of ways) {
    hand.free();
    if ((await give()) && (await hand.patiently(noticed))) return;
  }
  throw new Failure('element_missing', `${preview} of a file that was attached`);
}

/** @returns {Promise<HTMLInputElement | null>} none if the page has none */
async function enabledInput(hand, element) {
  if (!hand.one(element)) return null;
  const enabled = await hand.patiently(() => isEnabled(hand.one(element)));
  if (!enabled) throw new Failure('element_missing', `${element} that is enabled`);
  return hand.one(element);
}

/** @returns {Promise<HTMLInputElement | null>} some pages make it when their button is pressed */
async function inputBehind(hand, button, element) {
  if (hand.one(element) || !hand.one(button)) return null;
  press(hand.one(button));
  return hand.until(INPUT_LIMIT_MS, () => hand.one(element));
}

/** @param {HTMLInputElement | null} input  @returns {boolean} */
function putIntoInput(input, files) {
  if (!input) return false;
  input.files = transferOf(files).files;
  input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
  return true;
}

/** @returns {boolean} whether the page's own code took it */
function dropOn(box, files) {
  if (!box) return false;
  const carried = { dataTransfer: transferOf(files), bubbles: true, cancelable: true, composed: true };
  const drag = (type) => !box.dispatchEvent(new DragEvent(type, carried));
  drag('dragenter');
  drag('dragover');
  return drag('drop');
}

/** @returns {boolean} whether the page's own code took it */
function pasteInto(box, files) {
  if (!box) return false;
  const event = new ClipboardEvent('paste', { clipboardData: transferOf(files), bubbles: true, cancelable: true });
  return !box.dispatchEvent(event);
}

function transferOf(files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer;
}

/** Files on the page's message, by its own attach control. */

/** A file of 10 MB on a slow line, and the site's own steps around it. */
const UPLOAD_LIMIT_MS = 120_000;
/** What a press of the page's attach button brings is there by then. */
const INPUT_LIMIT_MS = 2_000;

/**
 * @typedef {{element: string, files: string[], button: string, box: string, preview: string, busy: string,
 *   remove: string}} AttachAction
 *
 * @param {Hand} hand
 * @param {AttachAction} action
 * @param {File[]} files
 */
async function attachFiles(hand, action, files) {
  const input = await inputFor(hand, action);
  const batches = input && !input.multiple ? files.map((file) => [file]) : [files];
  let expected = 0;
  for (const batch of batches) {
    await attachBatch(hand, action, batch);
    expected += batch.length;
    const settled = () => isAttached(hand, action, expected);
    if (!(await hand.until(UPLOAD_LIMIT_MS, settled))) throw filesMissing(hand, action, files.length);
  }
}

/** @returns {boolean} whether the page shows so many files and is done with them */
function isAttached(hand, { preview, busy }, count) {
  return hand.all(preview).length === count && !hand.one(busy);
}

function filesMissing(hand, { preview }, count) {
  return new Failure('files_missing', `The page shows ${hand.all(preview).length} of ${count} files.`);
}

/** @returns {Promise<HTMLInputElement | null>} some pages make it when their button is pressed */
async function inputFor(hand, { element, button }) {
  const found = hand.one(element);
  if (found || !hand.one(button)) return found;
  press(hand.one(button));
  return hand.until(INPUT_LIMIT_MS, () => hand.one(element));
}

/** By one way after the other, until the page shows that it took notice. */
async function attachBatch(hand, { element, box, preview, busy }, files) {
  const before = hand.all(preview).length;
  const noticed = () => hand.all(preview).length > before || hand.one(busy);
  const ways = [
    () => putIntoInput(hand.one(element), files),
    () => dropOn(hand.one(box), files),
    () => pasteInto(hand.one(box), files),
  ];
  for (const give of ways) {
    hand.free();
    if (give() && (await hand.patiently(noticed))) return;
  }
  throw new Failure('element_missing', `${preview} of a file that was attached`);
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

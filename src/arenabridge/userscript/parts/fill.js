/** Text into the boxes of the page, whichever kind they are, so that the page's own code notices. */

/**
 * @param {HTMLElement} box  a `textarea`, an `input`, or an element that can be edited
 * @param {string} text  with line feeds
 */
function fillBox(box, text) {
  if (isPlainBox(box)) fillPlainBox(box, text);
  else fillEditable(box, text);
}

/** @param {HTMLElement} box  @returns {string} */
function textOfBox(box) {
  return isPlainBox(box) ? box.value : textOfEditable(box);
}

/** @param {string} text  @returns {string} as boxes keep it: every line break is a line feed */
const asBoxText = (text) => text.replace(/\r\n?/g, '\n');

const isPlainBox = (box) => box.localName === 'textarea' || box.localName === 'input';

function fillPlainBox(box, text) {
  const kind = box.localName === 'textarea' ? HTMLTextAreaElement : HTMLInputElement;
  // The prototype's setter: frameworks put one of their own on the element and would take the change for theirs.
  Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(box, text);
  box.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: text }));
}

/** Typing costs a browser time with the square of the lines: 500 took two seconds, 10,000 several minutes. */
const TYPED_LINES = 100;

function fillEditable(box, text) {
  box.focus({ preventScroll: true });
  getSelection().selectAllChildren(box);
  if (!text) document.execCommand('delete');
  // The only way by which a browser edits as a person does, with the events that editors listen to.
  else if (text.split('\n', TYPED_LINES + 1).length <= TYPED_LINES) document.execCommand('insertText', false, text);
  else if (!paste(box, text)) putInto(box, text);
}

/** @returns {boolean} whether the page's own code took it: the browser itself pastes for real presses only */
function paste(box, text) {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  return !box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
}

function putInto(box, text) {
  box.replaceChildren(text);
  box.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste', data: text }));
}

/** What is drawn in it; an empty one keeps a line open. */
function textOfEditable(box) {
  const text = isShownAsItIs(box) ? box.textContent : box.innerText;
  return text === '\n' ? '' : text;
}

/** Plain text with its own line breaks, as opposed to a text laid out with markup. */
function isShownAsItIs(element) {
  return !element.childElementCount && /^(?:pre|break-spaces)/.test(getComputedStyle(element).whiteSpace);
}

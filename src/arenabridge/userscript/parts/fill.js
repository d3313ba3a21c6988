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

function fillEditable(box, text) {
  box.focus({ preventScroll: true });
  getSelection().selectAllChildren(box);
  // The only way by which a browser edits as a person does, with the events that editors listen to.
  document.execCommand(text ? 'insertText' : 'delete', false, text);
}

/** What is drawn in it, without the line break that browsers keep at the end of a line that is open. */
function textOfEditable(box) {
  const text = box.innerText;
  return text === '\n' ? '' : text;
}

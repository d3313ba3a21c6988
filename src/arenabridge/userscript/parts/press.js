/**
 * Presses an element as a person's mouse would: components listen to any of these events. A press never leaves the
 * page: where the page's own code does not take a link or a form into its hands (yet), the browser would load another
 * document and end the job, so that is held back.
 *
 * @param {HTMLElement} element
 * @returns {boolean} false if it was held back, and so did nothing
 */
function press(element) {
  let heldBack = false;
  const hold = (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    heldBack = true;
  };
  const watched = element.closest('a[href]') ? ['click', 'submit'] : ['submit'];
  for (const type of watched) window.addEventListener(type, hold);
  try {
    pressEvents(element);
  } finally {
    for (const type of watched) window.removeEventListener(type, hold);
  }
  return !heldBack;
}

/** @param {HTMLElement} element */
function pressEvents(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  const at = { bubbles: true, cancelable: true, composed: true, clientX: left + width / 2, clientY: top + height / 2 };
  const mouse = { pointerId: 1, pointerType: 'mouse', isPrimary: true };
  const tell = (Kind, type, more) => element.dispatchEvent(new Kind(type, { ...at, ...more }));
  tell(PointerEvent, 'pointerover', mouse);
  tell(PointerEvent, 'pointermove', mouse);
  tell(MouseEvent, 'mousemove', {});
  // A page that prevents `pointerdown` gets no mouse events from a browser either.
  const withMouse = tell(PointerEvent, 'pointerdown', { ...mouse, buttons: 1 });
  const withFocus = withMouse && tell(MouseEvent, 'mousedown', { buttons: 1, detail: 1 });
  if (withFocus) element.focus({ preventScroll: true });
  tell(PointerEvent, 'pointerup', mouse);
  if (withMouse) tell(MouseEvent, 'mouseup', { detail: 1 });
  element.click();
}

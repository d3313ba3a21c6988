// Inputs whose value belongs to the page's state, as React's do.
//
// The state follows `input` events only. Like React, it compares with the last value that was set through the element's
// own `value` property: a script that assigns there and then sends an event has not changed anything.

/** Tells `onChange` each value that is new; what is drawn is the caller's business, by `show`. */
export function controlled(box, onChange) {
  const native = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value");
  let known = native.get.call(box);
  Object.defineProperty(box, "value", {
    configurable: true,
    get: () => native.get.call(box),
    set: (text) => {
      known = String(text);
      native.set.call(box, text);
    },
  });
  box.addEventListener("input", () => {
    const value = native.get.call(box);
    if (value === known) return;
    known = value;
    onChange(value);
  });
}

/** Brings a controlled input back to what the state holds. */
export function show(box, text) {
  if (box.value !== text) box.value = text;
}

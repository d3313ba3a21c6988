// Making elements. Texts enter by textContent.

/** An element with a class, a text, and attributes that may be left out. */
export function element(tag, className = "", text = undefined, attributes = {}) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

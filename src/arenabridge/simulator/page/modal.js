// A dialog over the page. What lies below can't be used until it is gone.

import { element } from "./elements.js";

let count = 0;

/** Shows a dialog around `content`; the function that it returns takes it away. */
export function openModal(title, text, content, attributes = {}) {
  count += 1;
  const id = `dialog-title-${count}`;
  const dialog = element("div", "dialog", undefined, { role: "dialog", "aria-modal": "true", "aria-labelledby": id, ...attributes });
  dialog.append(element("h2", "", title, { id }));
  if (text) dialog.append(element("p", "", text));
  dialog.append(content);
  const veil = element("div", "veil");
  veil.append(dialog);
  document.body.append(veil);
  content.querySelector("input")?.focus();
  return () => veil.remove();
}

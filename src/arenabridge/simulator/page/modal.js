// A dialog over the page. What lies below can't be used until it is gone.

import { config } from "./config.js";
import { element } from "./elements.js";

let count = 0;

/** Shows a dialog around `content`; the function that it returns takes it away. */
export function openModal(title, text, content, attributes = {}) {
  count += 1;
  const id = `dialog-title-${count}`;
  const hidesRest = config.modalForm === "hides_rest";
  const role = hidesRest ? { role: "dialog" } : { role: "dialog", "aria-modal": "true", ...attributes };
  const dialog = element("div", "dialog", undefined, { ...role, "aria-labelledby": id });
  dialog.append(element("h2", "", title, { id }));
  if (text) dialog.append(element("p", "", text));
  dialog.append(content);
  const veil = element("div", "veil");
  veil.append(dialog);
  const hidden = hidesRest ? [...document.body.children].filter((each) => !each.hasAttribute("aria-hidden")) : [];
  for (const each of hidden) each.setAttribute("aria-hidden", "true");
  document.body.append(veil);
  content.querySelector("input")?.focus();
  return () => {
    veil.remove();
    for (const each of hidden) each.removeAttribute("aria-hidden");
  };
}

// Notices that go away by themselves, in the form of the library that the real site uses.

import { element } from "./elements.js";

const SHOWN_MS = 8_000;

export function toast(text) {
  const notice = element("li", "toast", text, { "data-sonner-toast": "", "data-type": "error", role: "status" });
  toasts().append(notice);
  setTimeout(() => notice.remove(), SHOWN_MS);
}

function toasts() {
  const known = document.querySelector("[data-sonner-toaster]");
  if (known) return known;
  const region = element("section", "", undefined, { "aria-label": "Notifications", "aria-live": "polite" });
  const list = element("ol", "toasts", undefined, { "data-sonner-toaster": "" });
  region.append(list);
  document.body.append(region);
  return list;
}

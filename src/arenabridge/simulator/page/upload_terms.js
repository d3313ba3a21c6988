// What the person has to agree to before the first file goes up. Only a real press does.

import { demands } from "./demands.js";
import { element } from "./elements.js";
import { openModal } from "./modal.js";

let asking = null;

/** Whether the person agrees; asked once, however many files wait for it. */
export function askUploadTerms() {
  asking ??= shown().finally(() => {
    asking = null;
  });
  return asking;
}

async function shown() {
  const content = element("div", "choices");
  const [cancel, agree] = ["Cancel", "Agree"].map((text) => element("button", text === "Agree" ? "primary" : "", text, { type: "button" }));
  content.append(cancel, agree);
  const close = openModal("Image upload", "Files that you upload may be published. Do not upload personal information.", content);
  const agrees = await new Promise((answer) => {
    cancel.addEventListener("click", () => answer(false));
    agree.addEventListener("click", (event) => {
      if (event.isTrusted) answer(true);
    });
  });
  close();
  if (!agrees) return false;
  await fetch("/__simulator__/person/upload-terms", { method: "POST" });
  demands.delete("upload_terms");
  return true;
}

// The check that the site shows when the silent one was not enough: a box that its person has to tick.

import { sawPress } from "./check.js";
import { config } from "./config.js";
import { element } from "./elements.js";
import { openModal } from "./modal.js";

/** Comes to its end when the person has passed the check; rejects when `signal` aborts. */
export async function askPerson(signal) {
  if (config.visibleCheckSeconds) await new Promise((wake) => setTimeout(wake, config.visibleCheckSeconds * 1000));
  signal.throwIfAborted();
  await new Promise((passed, stopped) => {
    const widget = element("div", "g-recaptcha");
    const label = element("label", "", undefined);
    const box = element("input", "", undefined, { type: "checkbox" });
    label.append(box, element("span", "", "I'm not a robot"));
    widget.append(label);
    const close = openModal("Security check", "Please show that a person is using this page.", widget);
    box.addEventListener("click", (event) => {
      if (!event.isTrusted) {
        event.preventDefault();
        return;
      }
      sawPress();
      close();
      passed();
    });
    signal.addEventListener("abort", () => {
      close();
      stopped(signal.reason);
    });
  });
}

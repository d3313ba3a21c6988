// Dialogs and notices for the person: a sign-in, new terms, the end of the account. Only a real press answers them.

import { prefixed, siteFetch } from "./calls.js";
import { demands } from "./demands.js";
import { element } from "./elements.js";
import { openModal } from "./modal.js";

const SHOWN = { sign_in: openSignIn, terms: openTerms, blocked: openBlocked };

/** Shows what is wanted, now and from now on. */
export function showDemands() {
  const closers = new Map();
  const draw = () => {
    for (const [kind, open] of Object.entries(SHOWN)) {
      if (demands.has(kind) && !closers.has(kind)) closers.set(kind, open());
      if (!demands.has(kind)) {
        closers.get(kind)?.();
        closers.delete(kind);
      }
    }
  };
  demands.addEventListener("change", draw);
  draw();
}

function openSignIn() {
  const form = element("form", "sign-in");
  const field = (type, label) => element("input", "", undefined, { type, name: type, placeholder: label, "aria-label": label, autocomplete: "off" });
  const problem = element("p", "problem");
  const button = element("button", "primary", "Log in", { type: "submit" });
  form.append(field("email", "Email"), field("password", "Password"), problem, button);
  form.noValidate = true;
  onPersonsSubmit(form, button, async () => {
    const { email, password } = Object.fromEntries(new FormData(form));
    const body = JSON.stringify({ email, password, shouldLinkHistory: true });
    const response = await siteFetch(prefixed("/sign-in/email"), { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (response.ok) demands.delete("sign_in");
    else problem.textContent = (await response.json()).error;
  });
  return openModal("Log in to continue", "Sign in to keep chatting on the arena.", form);
}

function openTerms() {
  const form = element("form");
  const button = element("button", "primary", "Accept", { type: "submit" });
  form.append(button);
  onPersonsSubmit(form, button, async () => {
    await fetch("/__simulator__/person/terms", { method: "POST" });
    demands.delete("terms");
  });
  return openModal("We have updated our terms", "Please read and accept our terms of use to go on.", form, { role: "alertdialog" });
}

function openBlocked() {
  const notice = element("div", "blocked", "Your account has been blocked.", { role: "alert", "data-account-state": "blocked" });
  document.body.append(notice);
  return () => notice.remove();
}

/** Calls `act` when the form is sent by a hand, not by a script: a script's click is no trusted event. */
function onPersonsSubmit(form, button, act) {
  let byHand = false;
  button.addEventListener("click", (event) => {
    byHand = event.isTrusted;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (byHand) void act();
    byHand = false;
  });
}

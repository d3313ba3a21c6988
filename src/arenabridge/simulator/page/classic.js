// The classic layout: a side bar with links, a combobox for the model, a textarea in a form.

import { ClassicFiles } from "./classic_files.js";
import { ClassicPicker } from "./classic_picker.js";
import { controlled, show } from "./controlled.js";
import { element } from "./elements.js";

const ROWS = 8;

export class ClassicLayout {
  messages = document.querySelector("#messages");
  #form = document.querySelector("#composer");
  #box = this.#form.elements.namedItem("text");
  #send = this.#form.querySelector("button[type=submit]");
  #stop = element("button", "stop", "Stop", { type: "button", "aria-label": "Stop generating" });
  #mode = document.querySelector("#mode");
  #modalities = [...document.querySelectorAll("[data-modality]")];
  #problem = document.querySelector("#draft-problem");
  #pickers;
  #files;

  /** `actions` is what the person can do; see `chat.js`. */
  constructor(actions) {
    const picker = (side) => new ClassicPicker(document.querySelector(`.model[data-side=${side}] button`), (id) => actions.chooseModel(side, id));
    this.#files = new ClassicFiles(this.#box, actions);
    this.#pickers = { a: picker("a"), b: picker("b") };
    controlled(this.#box, actions.draft);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      actions.send();
    });
    this.#box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#stop.addEventListener("click", actions.stop);
    this.#mode.addEventListener("change", () => actions.chooseMode(this.#mode.value));
    for (const button of this.#modalities) button.addEventListener("click", () => actions.chooseModality(button.dataset.modality));
    for (const link of document.querySelectorAll("a.new")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        actions.newChat(link.dataset.mode);
      });
    }
  }

  emptyCard(role) {
    const card = element("div");
    card.dataset.messageRole = role;
    return card;
  }

  render(view) {
    show(this.#box, view.draft);
    this.#box.rows = Math.min(ROWS, view.draft.split("\n", ROWS).length);
    const [shown, other] = view.running ? [this.#stop, this.#send] : [this.#send, this.#stop];
    if (!shown.isConnected) other.replaceWith(shown);
    this.#send.disabled = !view.canSend;
    this.#problem.hidden = !view.problem;
    this.#problem.textContent = view.problem;
    this.#mode.value = view.mode;
    this.#mode.disabled = view.begun;
    document.querySelector("#chat").dataset.mode = view.mode;
    for (const button of this.#modalities) {
      button.setAttribute("aria-pressed", String(button.dataset.modality === view.modality));
      button.disabled = view.begun;
    }
    this.#files.render(view);
    for (const side of ["a", "b"]) this.#pickers[side].render(view.offered, view.chosen[side]);
  }

  focus() {
    this.#box.focus();
  }
}

// The studio layout: everything in one column, a dialog for the model, an editable element for the message.

import { Editor } from "./editor.js";
import { element } from "./elements.js";
import { StudioFiles } from "./studio_files.js";
import { StudioPicker } from "./studio_picker.js";

const LABELS = { user: "Your message", assistant: "Assistant message", system: "System message" };

export class StudioLayout {
  messages = document.querySelector("#messages");
  #box = document.querySelector("#editor");
  #send = document.querySelector("button[aria-label=Send]");
  #stop = element("button", "stop", "■", { type: "button", "aria-label": "Stop" });
  #mode = document.querySelector("#mode");
  #tabs = [...document.querySelectorAll("[role=tab]")];
  #problem = document.querySelector("#draft-problem");
  #editor;
  #pickers;
  #files;

  /** `actions` is what the person can do; see `chat.js`. */
  constructor(actions) {
    const picker = (side) => new StudioPicker(document.querySelector(`.model[data-side=${side}]`), (id) => actions.chooseModel(side, id));
    this.#files = new StudioFiles(this.#box, actions);
    this.#pickers = { a: picker("a"), b: picker("b") };
    this.#editor = new Editor(this.#box, actions.draft);
    this.#box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      actions.send();
    });
    this.#send.addEventListener("click", actions.send);
    this.#stop.addEventListener("click", actions.stop);
    this.#mode.addEventListener("change", () => actions.chooseMode(this.#mode.value));
    for (const tab of this.#tabs) tab.addEventListener("click", () => actions.chooseModality(tab.dataset.modality));
    document.querySelector("#new").addEventListener("click", () => actions.newChat());
    for (const button of document.querySelectorAll("button.begin")) {
      button.addEventListener("click", () => actions.newChat(button.dataset.mode));
    }
  }

  emptyCard(role) {
    return element("article", "", undefined, { "aria-label": LABELS[role] ?? "Message" });
  }

  render(view) {
    this.#editor.show(view.draft);
    const [shown, other] = view.running ? [this.#stop, this.#send] : [this.#send, this.#stop];
    if (!shown.isConnected) other.replaceWith(shown);
    this.#send.disabled = !view.canSend;
    this.#send.setAttribute("aria-disabled", String(!view.canSend));
    this.#problem.hidden = !view.problem;
    this.#problem.textContent = view.problem;
    this.#mode.value = view.mode;
    this.#mode.disabled = view.begun;
    document.querySelector("#chat").dataset.mode = view.mode;
    for (const tab of this.#tabs) {
      tab.setAttribute("aria-selected", String(tab.dataset.modality === view.modality));
      tab.disabled = view.begun;
    }
    this.#files.render(view);
    for (const side of ["a", "b"]) this.#pickers[side].render(view.offered, view.chosen[side]);
  }

  focus() {
    this.#editor.focus();
  }
}

// The model picker of the classic layout: a combobox button, and a popover with a search field and a list.

import { controlled, show } from "./controlled.js";
import { element } from "./elements.js";
import { matching, nameOfModel } from "./models.js";

export class ClassicPicker {
  #button;
  #onChoose;
  #popover = null;
  #search = "";
  #models = [];
  #chosen;

  constructor(button, onChoose) {
    this.#button = button;
    this.#onChoose = onChoose;
    button.addEventListener("click", () => (this.#popover ? this.#close() : this.#open()));
  }

  render(models, chosen) {
    [this.#models, this.#chosen] = [models, chosen];
    this.#button.textContent = nameOfModel(chosen) ?? "Select a model";
  }

  #open() {
    this.#search = "";
    this.#popover = element("div", "popover", undefined, { role: "dialog", "aria-label": "Models" });
    const search = element("input", "", undefined, { role: "combobox", placeholder: "Search models…", "aria-expanded": "true" });
    const list = element("div", "options", undefined, { role: "listbox" });
    this.#popover.append(search, list);
    controlled(search, (text) => {
      this.#search = text;
      this.#fill(search, list);
    });
    this.#fill(search, list);
    document.body.append(this.#popover);
    this.#place();
    this.#button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.#pressedElsewhere);
    document.addEventListener("keydown", this.#escaped);
    search.focus();
  }

  #fill(search, list) {
    show(search, this.#search);
    const options = matching(this.#models, this.#search).map((model) => this.#option(model));
    list.replaceChildren(...(options.length ? options : [element("p", "none", "No model found.")]));
  }

  #option(model) {
    const option = element("div", "option", undefined, { role: "option", "aria-selected": String(model.id === this.#chosen) });
    option.append(element("span", "", model.publicName), element("span", "maker", model.organization));
    option.addEventListener("click", () => {
      this.#close();
      this.#onChoose(model.id);
    });
    return option;
  }

  #place() {
    const { left, bottom } = this.#button.getBoundingClientRect();
    this.#popover.style.left = `${Math.max(8, Math.min(left, innerWidth - this.#popover.offsetWidth - 8))}px`;
    this.#popover.style.top = `${bottom + 6}px`;
  }

  #close() {
    this.#popover?.remove();
    this.#popover = null;
    this.#button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.#pressedElsewhere);
    document.removeEventListener("keydown", this.#escaped);
  }

  #pressedElsewhere = (event) => {
    if (!this.#popover.contains(event.target) && !this.#button.contains(event.target)) this.#close();
  };

  #escaped = (event) => {
    if (event.key === "Escape") this.#close();
  };
}

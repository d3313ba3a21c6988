// The model picker of the studio layout: a button, and a dialog with a search field and a list to choose from.

import { controlled, show } from "./controlled.js";
import { element } from "./elements.js";
import { openModal } from "./modal.js";
import { matching, nameOfModel } from "./models.js";

export class StudioPicker {
  #button;
  #onChoose;
  #close = null;
  #models = [];
  #chosen;

  constructor(button, onChoose) {
    this.#button = button;
    this.#onChoose = onChoose;
    button.addEventListener("click", () => this.#open());
  }

  render(models, chosen) {
    [this.#models, this.#chosen] = [models, chosen];
    this.#button.textContent = `Model: ${nameOfModel(chosen) ?? "none"}`;
  }

  #open() {
    if (this.#close) return;
    const content = element("div", "chooser");
    const search = element("input", "", undefined, { type: "search", placeholder: "Find a model", "aria-label": "Find a model" });
    const rows = element("div", "options", undefined, { role: "radiogroup", "aria-label": "Models" });
    const cancel = element("button", "", "Cancel", { type: "button" });
    content.append(search, rows, cancel);
    const fill = (typed) => {
      show(search, typed);
      const found = matching(this.#models, typed).map((model) => this.#row(model));
      rows.replaceChildren(...(found.length ? found : [element("p", "none", "No model found.")]));
    };
    controlled(search, fill);
    fill("");
    const close = openModal("Choose a model", "", content);
    const escaped = (event) => {
      if (event.key === "Escape") this.#close?.();
    };
    document.addEventListener("keydown", escaped);
    this.#close = () => {
      document.removeEventListener("keydown", escaped);
      this.#close = null;
      close();
    };
    cancel.addEventListener("click", () => this.#close?.());
  }

  #row(model) {
    const chosen = String(model.id === this.#chosen);
    const row = element("div", "option", undefined, { role: "radio", "aria-checked": chosen, "data-model-id": model.id, tabindex: "0" });
    row.append(element("strong", "", model.publicName), element("span", "maker", `by ${model.organization}`));
    row.addEventListener("click", () => {
      this.#close?.();
      this.#onChoose(model.id);
    });
    return row;
  }
}

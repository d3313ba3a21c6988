// The files of a message in the studio layout: a menu that makes a file input when it is needed, and a row of chips.

import { ACCEPTED, takeFrom } from "./attachments.js";
import { element } from "./elements.js";

export class StudioFiles {
  #button = document.querySelector("#attach");
  #row = document.querySelector("#chips");
  #actions;
  #menu = null;
  #drawn = "";

  constructor(box, actions) {
    this.#actions = actions;
    this.#button.addEventListener("click", () => (this.#menu ? this.#close() : this.#open()));
    takeFrom(box, document.querySelector("#composer"), actions.addFiles);
  }

  render({ files, takesFiles }) {
    this.#button.disabled = !takesFiles;
    const wanted = JSON.stringify(files);
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.#row.hidden = files.length === 0;
    this.#row.replaceChildren(...files.map((file) => this.#chip(file)));
  }

  #chip(file) {
    const chip = element("div", "preview", undefined, { role: "group", "aria-label": file.name });
    if (file.isPicture) chip.append(element("img", "", undefined, { src: file.preview, alt: "" }));
    chip.append(element("span", "", file.name));
    if (file.isBusy) chip.append(element("span", "spinner", undefined, { role: "progressbar", "aria-label": "Uploading" }));
    const remove = element("button", "", "×", { type: "button", "aria-label": `Remove ${file.name}` });
    remove.addEventListener("click", () => this.#actions.removeFile(file.id));
    chip.append(remove);
    return chip;
  }

  #open() {
    this.#menu = element("div", "menu", undefined, { role: "menu" });
    const item = element("div", "option", "Upload from this device", { role: "menuitem", tabindex: "0" });
    item.addEventListener("click", () => {
      this.#close();
      this.#choose();
    });
    this.#menu.append(item);
    this.#button.parentElement.before(this.#menu);
    this.#button.setAttribute("aria-expanded", "true");
  }

  #close() {
    this.#menu?.remove();
    this.#menu = null;
    this.#button.setAttribute("aria-expanded", "false");
  }

  /** The input is there until the person has chosen. */
  #choose() {
    document.querySelector("#chosen-files")?.remove();
    const input = element("input", "", undefined, { type: "file", id: "chosen-files", multiple: "", accept: ACCEPTED, hidden: "" });
    input.addEventListener("change", () => {
      input.remove();
      this.#actions.addFiles([...input.files]);
    });
    input.addEventListener("cancel", () => input.remove());
    document.body.append(input);
    input.click();
  }
}

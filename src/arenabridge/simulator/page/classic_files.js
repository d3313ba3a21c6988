// The files of a message in the classic layout: a hidden input behind a button, and a list of tiles.

import { ACCEPTED, takeFrom } from "./attachments.js";
import { element } from "./elements.js";

export class ClassicFiles {
  #button = document.querySelector(".attach");
  #input = document.querySelector(".attach + input[type=file]");
  #list = document.querySelector("#previews");
  #onRemove;
  #drawn = "";

  constructor(box, { addFiles, removeFile }) {
    this.#onRemove = removeFile;
    this.#input.accept = ACCEPTED;
    this.#button.addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => {
      const files = [...this.#input.files];
      this.#input.value = "";
      addFiles(files);
    });
    takeFrom(box, box.form, addFiles);
  }

  render({ files, takesFiles }) {
    this.#button.disabled = !takesFiles;
    this.#input.disabled = !takesFiles;
    const wanted = JSON.stringify(files);
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.#list.hidden = files.length === 0;
    this.#list.replaceChildren(...files.map((file) => this.#tile(file)));
  }

  #tile(file) {
    const tile = element("li", "preview", undefined, { "aria-busy": String(file.isBusy) });
    const remove = element("button", "", "×", { type: "button", "aria-label": "Remove file" });
    remove.addEventListener("click", () => this.#onRemove(file.id));
    tile.append(file.isPicture ? element("img", "", undefined, { src: file.preview, alt: file.name }) : element("span", "", file.name), remove);
    return tile;
  }
}

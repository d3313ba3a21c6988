// The files of the message that is being written. Each is uploaded as soon as it is there: the site is asked for a
// place in its storage, the file is put there, and the site is asked for its address.

import { callAction } from "./actions.js";
import { newId, siteFetch } from "./calls.js";
import { config } from "./config.js";
import { demands } from "./demands.js";
import { toast } from "./toast.js";
import { askUploadTerms } from "./upload_terms.js";

/** What the page's own file choosers offer, and all that it takes. */
export const ACCEPTED = "image/png,image/jpeg,image/webp,image/gif,application/pdf,text/plain";

const TYPES = ACCEPTED.split(",");

export class Attachments {
  #onChange;
  #entries = [];

  /** `onChange` is called whenever the list or a state in it is another. */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** `{id, name, preview, isPicture, isBusy}` of each file, in order; a file that failed is gone. */
  get list() {
    return this.#entries.map(({ id, name, preview, isPicture, sent }) => ({ id, name, preview, isPicture, isBusy: !sent }));
  }

  get isReady() {
    return this.#entries.every((each) => each.sent);
  }

  /** Takes files in, at most one at a time where the model takes no more. The person may have to agree first. */
  async add(files, { several }) {
    const fitting = [...files].filter(fits);
    if (fitting.length === 0) return;
    if (demands.has("upload_terms") && !(await askUploadTerms())) return;
    for (const file of fitting) {
      if (!several && this.#entries.length > 0) {
        toast("This model takes one file only");
        break;
      }
      void this.#upload(file);
    }
  }

  remove(id) {
    for (const each of this.#entries) if (each.id === id) each.running.abort();
    this.#set(this.#entries.filter((each) => each.id !== id));
  }

  /** What the message says of its files; they are the message's from now on. */
  take() {
    const sent = this.#entries.map((each) => each.sent);
    this.#set([]);
    return sent;
  }

  clear() {
    for (const each of this.#entries) each.running.abort();
    this.#set([]);
  }

  async #upload(file) {
    const running = new AbortController();
    const isPicture = file.type.startsWith("image/");
    const entry = { id: newId(), name: file.name, isPicture, preview: isPicture ? URL.createObjectURL(file) : "", running, sent: null };
    this.#set([...this.#entries, entry]);
    try {
      entry.sent = await uploaded(file, running.signal);
      this.#onChange();
    } catch (error) {
      if (running.signal.aborted) return;
      this.remove(entry.id);
      toast(`Failed to upload ${file.name}. ${error.message}`);
    }
  }

  #set(entries) {
    for (const each of this.#entries) if (each.preview && !entries.includes(each)) URL.revokeObjectURL(each.preview);
    this.#entries = entries;
    this.#onChange();
  }
}

function fits(file) {
  if (!TYPES.includes(file.type)) toast(`Unsupported file type: ${file.name}`);
  else if (file.size > config.maxUploadBytes) toast(`File is too large: ${file.name}`);
  else return true;
  return false;
}

async function uploaded(file, signal) {
  const { uploadUrl, key } = await callAction(config.uploadAction, [file.name, file.type], signal);
  const put = await siteFetch(uploadUrl, { method: "PUT", headers: { "Content-Type": file.type }, body: file, signal });
  if (!put.ok) throw new Error(`${put.status}`);
  const { url } = await callAction(config.signedUrlAction, [key], signal);
  return { name: key, contentType: file.type, url };
}

/** Files that are pasted or dropped there come in, too; the text that a paste has beside them does not. */
export function takeFrom(box, area, onFiles) {
  const taken = (event, transfer) => {
    if (!transfer?.files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    onFiles(transfer.files);
  };
  box.addEventListener("paste", (event) => taken(event, event.clipboardData), { capture: true });
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => taken(event, event.dataTransfer), { capture: true });
}

// What the site wants of the person before it goes on, as the page was told or has met in an answer.

import { config } from "./config.js";

const RETRY_MS = 1_000;
const BLOCKED = "Your account has been blocked.";

class Demands extends EventTarget {
  #told = new Set(config.demands);
  #found = new Set();

  has(kind) {
    return this.#told.has(kind) || this.#found.has(kind);
  }

  /** The person has met it. */
  delete(kind) {
    this.#told.delete(kind);
    this.#found.delete(kind);
    this.dispatchEvent(new Event("change"));
  }

  /** Sees in an answer of the site what it wants. The answer stays unread for its caller. */
  async note(response) {
    if (response.status === 401) this.#find("sign_in");
    if (response.status !== 403 || !response.headers.get("content-type")?.startsWith("application/json")) return;
    if ((await response.clone().json()).error === BLOCKED) this.#find("blocked");
  }

  /** Keeps asking the simulator for news, which the real site has no need of. Not by `fetch`: that one is watched. */
  follow() {
    const request = new XMLHttpRequest();
    request.open("GET", `/__simulator__/page-events?known=${[...this.#told].join(",")}`);
    request.responseType = "json";
    request.addEventListener("loadend", () => {
      if (request.status === 200 && request.response) this.#hear(request.response.demands);
      setTimeout(() => this.follow(), request.status === 200 ? 0 : RETRY_MS);
    });
    request.send();
  }

  #find(kind) {
    this.#found.add(kind);
    this.dispatchEvent(new Event("change"));
  }

  #hear(told) {
    for (const kind of this.#told) if (!told.includes(kind)) this.#found.delete(kind);
    this.#told = new Set(told);
    this.dispatchEvent(new Event("change"));
  }
}

export const demands = new Demands();

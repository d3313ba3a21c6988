// Draws the conversation. Texts enter by textContent; nothing here knows of requests.

import { element } from "./elements.js";

/** The card of a message, filled once; `draw` brings it up to date. */
function cardOf(message, name, emptyCard, onRetry) {
  const card = emptyCard(message.role);
  card.classList.add("card", message.role);
  const reasoning = element("details", "reasoning");
  reasoning.append(element("summary", "", "Reasoning"), element("p"));
  const parts = {
    reasoning,
    text: element("div", "text"),
    files: element("div", "files"),
    sources: element("ol", "sources"),
    problem: element("p", "problem"),
    retry: element("button", "retry", "Retry"),
  };
  parts.retry.type = "button";
  parts.retry.ariaLabel = "Retry";
  parts.retry.addEventListener("click", () => onRetry(message));
  if (message.role === "assistant") card.append(element("header", "who", name), parts.reasoning);
  card.append(parts.text, parts.files, parts.sources, parts.problem);
  if (message.role === "assistant") card.append(parts.retry);
  return { card, parts };
}

function drawFiles(parent, files, role) {
  if (parent.childElementCount === files.length) return;
  parent.replaceChildren(
    ...files.map((file) => {
      const [kind] = file.contentType.split("/");
      if (kind === "video") return element("video", "", undefined, { src: file.url, controls: "" });
      if (kind === "image") return element("img", "", undefined, { src: file.url, alt: role === "user" ? nameOf(file) : "Generated picture" });
      return element("a", "file", nameOf(file), { href: file.url });
    }),
  );
}

/** Its own name, without the folder and the time of its key. */
function nameOf(file) {
  return file.name.replace(/^[^/]+\/\d+-/, "");
}

function drawSources(parent, sources) {
  parent.replaceChildren(
    ...[...sources.values()].map((source) => {
      const link = element("a", "", source.title ?? source.url);
      link.href = source.url;
      const item = element("li");
      item.append(link);
      return item;
    }),
  );
}

export class MessagesView {
  #root;
  #cards = new Map();
  #emptyCard;
  #onRetry;

  /** `emptyCard` makes the element of a card for a role, as the layout wants it. */
  constructor(root, emptyCard, onRetry) {
    this.#root = root;
    this.#emptyCard = emptyCard;
    this.#onRetry = onRetry;
  }

  clear() {
    this.#cards.clear();
    this.#root.replaceChildren(element("p", "welcome", "Find the best model for you"));
  }

  /** Adds a turn: one user message, and its answers side by side. */
  add(messages, nameOf) {
    this.#root.querySelector(".welcome")?.remove();
    const row = element("div", messages.length > 1 ? "row pair" : "row");
    for (const message of messages) {
      const made = cardOf(message, nameOf(message), this.#emptyCard, this.#onRetry);
      this.#cards.set(message.id, made);
      row.append(made.card);
      this.draw(message);
    }
    this.#root.append(row);
    this.scroll();
  }

  draw(message) {
    const shown = this.#cards.get(message.id);
    if (!shown) return; // of a conversation that the page has left
    const { card, parts } = shown;
    card.dataset.status = message.running ? "streaming" : message.status;
    parts.text.textContent = message.content;
    parts.reasoning.hidden = !message.reasoning;
    parts.reasoning.lastElementChild.textContent = message.reasoning ?? "";
    drawFiles(parts.files, message.experimental_attachments ?? [], message.role);
    drawSources(parts.sources, message.sources ?? new Map());
    parts.problem.textContent = message.error ?? "";
    parts.problem.hidden = !message.error;
    parts.retry.disabled = Boolean(message.running);
  }

  /** Keeps the end in sight, unless the reader has scrolled away from it. */
  scroll(always = true) {
    const { scrollTop, scrollHeight, clientHeight } = this.#root;
    if (always || scrollHeight - scrollTop - clientHeight < 120) this.#root.scrollTop = scrollHeight;
  }
}

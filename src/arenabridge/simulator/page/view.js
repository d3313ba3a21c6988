// Draws the conversation. Texts enter by textContent; nothing here knows of requests.

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The card of a message, made once; `draw` brings it up to date. */
function cardOf(message, name, onRetry) {
  const card = element("article", `card ${message.role}`);
  card.dataset.messageId = message.id;
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
  parts.retry.addEventListener("click", () => onRetry(message));
  if (message.role === "assistant") card.append(element("header", "who", name), parts.reasoning);
  card.append(parts.text, parts.files, parts.sources, parts.problem);
  if (message.role === "assistant") card.append(parts.retry);
  return { card, parts };
}

function drawFiles(parent, files) {
  if (parent.childElementCount === files.length) return;
  parent.replaceChildren(
    ...files.map((file) => {
      const shown = element(file.contentType.startsWith("video/") ? "video" : "img");
      if (shown.tagName === "IMG") shown.alt = "Generated picture";
      shown.src = file.url;
      return shown;
    }),
  );
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
  #onRetry;

  constructor(root, onRetry) {
    this.#root = root;
    this.#onRetry = onRetry;
  }

  clear() {
    this.#cards.clear();
    this.#root.replaceChildren();
  }

  /** Adds a turn: one user message, and its answers side by side. */
  add(messages, nameOf) {
    this.#root.querySelector(".welcome")?.remove();
    const row = element("div", messages.length > 1 ? "row pair" : "row");
    for (const message of messages) {
      const made = cardOf(message, nameOf(message), this.#onRetry);
      this.#cards.set(message.id, made);
      row.append(made.card);
      this.draw(message);
    }
    this.#root.append(row);
    this.scroll();
  }

  draw(message) {
    const { card, parts } = this.#cards.get(message.id);
    card.dataset.status = message.running ? "streaming" : message.status;
    parts.text.textContent = message.content;
    parts.reasoning.hidden = !message.reasoning;
    parts.reasoning.lastElementChild.textContent = message.reasoning ?? "";
    drawFiles(parts.files, message.experimental_attachments ?? []);
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

/** Fills a picker with the models that the page offers by name. */
export function fillPicker(select, models, chosen) {
  const groups = new Map();
  for (const model of models) {
    const option = element("option", "", model.publicName);
    option.value = model.id;
    const name = model.organization;
    if (!groups.has(name)) groups.set(name, Object.assign(document.createElement("optgroup"), { label: name }));
    groups.get(name).append(option);
  }
  select.replaceChildren(...groups.values());
  if (chosen) select.value = chosen;
}

/** Chooses a model that the picker may not offer: those without a maker are not offered, but may be in use. */
export function choose(select, model) {
  if (![...select.options].some((option) => option.value === model.id)) {
    select.append(Object.assign(element("option", "", model.publicName), { value: model.id }));
  }
  select.value = model.id;
}

export function drawHistory(nav, sessions, currentId) {
  nav.replaceChildren(
    ...sessions.map((session) => {
      const link = element("a", "", session.title || "New Chat");
      link.href = `/c/${session.id}`;
      if (session.id === currentId) link.setAttribute("aria-current", "page");
      return link;
    }),
  );
}

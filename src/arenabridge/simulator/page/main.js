// The chat page: takes what is typed, calls the site, shows the answers as they stream in.

import { listHistory, newId, regenerate, send, signUpIfNeeded } from "./calls.js";
import { conversationOfPage, modelsOfPage } from "./flight.js";
import { apply, recordsOf } from "./stream.js";
import { choose, drawHistory, fillPicker, MessagesView } from "./view.js";

const OUTPUTS = { chat: "text", image: "image", search: "search", webdev: "web", video: "video" };

function modalityOfAddress() {
  const named = new URLSearchParams(location.search).get("chat-modality") ?? "chat";
  return { code: "webdev" }[named] ?? named;
}

class ChatPage {
  #form = document.querySelector("#composer");
  #box = this.#form.elements.namedItem("text");
  #button = this.#form.querySelector("button");
  #mode = document.querySelector("#mode");
  #pickers = { a: document.querySelector("#model-a"), b: document.querySelector("#model-b") };
  #view = new MessagesView(document.querySelector("#messages"), (message) => this.#retry(message));
  #models = modelsOfPage();
  #conversation = null;
  #running = null;

  init() {
    const kept = conversationOfPage();
    const modality = kept?.maskedEvaluations[0]?.modality ?? modalityOfAddress();
    this.#mode.value = kept?.mode ?? new URLSearchParams(location.search).get("mode") ?? "battle";
    const offered = this.#models.filter((each) => each.organization && each.capabilities.outputCapabilities[OUTPUTS[modality]]);
    fillPicker(this.#pickers.a, offered);
    fillPicker(this.#pickers.b, offered, offered[1]?.id);
    this.#modality = modality;
    this.#mode.addEventListener("change", () => this.#drawMode());
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.#box.addEventListener("keydown", (event) => this.#keyed(event));
    this.#box.addEventListener("input", () => this.#grow());
    if (kept) this.#restore(kept, modality);
    this.#drawMode();
    void this.#drawHistory();
  }

  #modality = "chat";

  #restore(kept, modality) {
    this.#conversation = { id: kept.id, mode: kept.mode, modality, messages: kept.messages, isNew: false };
    const answers = kept.messages.filter((each) => each.role === "assistant");
    for (const message of kept.messages.filter((each) => each.role !== "assistant")) {
      this.#view.add([message], (each) => this.#nameOf(each));
      const own = answers.filter((each) => each.parentMessageIds.includes(message.id));
      if (own.length) this.#view.add(own, (each) => this.#nameOf(each));
    }
    for (const answer of answers) {
      const model = this.#models.find((each) => each.id === answer.modelId);
      if (model) choose(this.#pickers[answer.participantPosition], model);
    }
  }

  #drawMode() {
    document.querySelector("#chat").dataset.mode = this.#mode.value;
    this.#mode.disabled = this.#conversation !== null;
  }

  #nameOf(message) {
    if (this.#conversation.mode === "battle") return `Assistant ${message.participantPosition.toUpperCase()}`;
    return this.#models.find((each) => each.id === message.modelId)?.publicName ?? "Assistant";
  }

  #keyed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #grow() {
    this.#box.rows = Math.min(8, this.#box.value.split("\n").length);
  }

  async #submitted(event) {
    event.preventDefault();
    if (this.#running) {
      this.#running.abort();
      return;
    }
    const content = this.#box.value;
    if (!content.trim()) return;
    this.#box.value = "";
    this.#grow();
    this.#conversation ??= { id: newId(), mode: this.#mode.value, modality: this.#modality, messages: [], isNew: true };
    this.#drawMode();
    const { user, answers } = this.#newTurn(content);
    this.#view.add([user], () => "");
    this.#view.add(answers, (each) => this.#nameOf(each));
    await this.#stream(answers, (signal) => send(this.#conversation, user, answers, signal));
  }

  #newTurn(content) {
    const { messages, mode } = this.#conversation;
    const lastAnswers = [];
    for (let at = messages.length - 1; messages[at]?.role === "assistant"; at -= 1) lastAnswers.unshift(messages[at].id);
    const common = { experimental_attachments: [], status: "pending" };
    const user = { ...common, id: newId(), role: "user", content, parentMessageIds: lastAnswers, participantPosition: "a", modelId: null };
    const answers = (mode === "direct" ? ["a"] : ["a", "b"]).map((position) => ({
      ...common,
      id: newId(),
      role: "assistant",
      content: "",
      reasoning: "",
      parentMessageIds: [user.id],
      participantPosition: position,
      modelId: mode === "battle" ? null : this.#pickers[position].value,
    }));
    messages.push(user, ...answers);
    return { user, answers };
  }

  async #retry(message) {
    if (this.#running) return;
    Object.assign(message, { content: "", reasoning: "", error: undefined, sources: undefined, experimental_attachments: [] });
    await this.#stream([message], (signal) => regenerate(this.#conversation, message, signal));
  }

  /** Runs one generating call and shows its records in the cards of the answers. */
  async #stream(answers, call) {
    this.#running = new AbortController();
    this.#drawRunning(answers);
    try {
      const response = await call(this.#running.signal);
      if (!response.ok) throw new Error(`${response.status}: ${(await response.text()).slice(0, 200)}`);
      this.#begun();
      for await (const record of recordsOf(response)) {
        const message = answers.find((each) => each.participantPosition === record.position);
        if (message && apply(message, record)) this.#view.draw(message);
        this.#view.scroll(false);
      }
    } catch (error) {
      for (const message of answers) message.error ??= String(error.message ?? error);
    }
    this.#running = null;
    this.#drawRunning(answers);
    void this.#drawHistory();
  }

  /** Draws the answers as running or as ended; whatever has no finish by then has failed. */
  #drawRunning(answers) {
    const running = this.#running !== null;
    this.#button.textContent = running ? "Stop" : "Send";
    this.#button.dataset.running = String(running);
    for (const message of answers) {
      message.running = running;
      if (running) message.status = "pending";
      else if (message.status === "pending") message.status = "failed";
      this.#view.draw(message);
    }
  }

  /** The first answer of a conversation moves the address to the conversation, without a load. */
  #begun() {
    if (!this.#conversation.isNew) return;
    this.#conversation.isNew = false;
    history.pushState({}, "", `/c/${this.#conversation.id}`);
  }

  async #drawHistory() {
    drawHistory(document.querySelector("#history"), await listHistory(), this.#conversation?.id);
  }
}

if (document.querySelector("#composer")) {
  await signUpIfNeeded();
  new ChatPage().init();
}

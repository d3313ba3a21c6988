// The chat page's state: what is typed and chosen, the conversation, and the one request that may be running.

import { Attachments } from "./attachments.js";
import { generate, newId, retryRequest, turnRequest } from "./calls.js";
import { sawInput, sawPress } from "./check.js";
import { config } from "./config.js";
import { demands } from "./demands.js";
import { conversationOfPage } from "./flight.js";
import { conversationAt, drawHistory, listHistory } from "./history.js";
import { MessagesView } from "./messages.js";
import { filesOfModel, nameOfModel, offeredFor } from "./models.js";
import { apply, recordsOf } from "./stream.js";
import { askPerson } from "./visible_check.js";

const TOO_LONG = "Your message is too long";

function modalityOfAddress() {
  const named = new URLSearchParams(location.search).get("chat-modality") ?? "chat";
  return { code: "webdev" }[named] ?? named;
}

export class ChatPage {
  #layout;
  #view;
  #conversation = null;
  #running = null;
  #opening = null;
  #files = new Attachments(() => this.#render());
  #draft = "";
  #mode = "battle";
  #modality = "chat";
  #chosen = { a: undefined, b: undefined };

  /** `Layout` draws this state and calls these actions. */
  constructor(Layout) {
    this.#layout = new Layout({
      draft: (text) => this.#typed(text),
      send: () => this.#send(),
      addFiles: (files) => void this.#files.add(files, this.#takesFiles()),
      removeFile: (id) => this.#files.remove(id),
      stop: () => this.#running?.abort(),
      newChat: (mode) => this.#newChat(mode),
      chooseMode: (mode) => this.#choose({ mode }),
      chooseModality: (modality) => this.#choose({ modality }),
      chooseModel: (side, id) => this.#choose({ [side]: id }),
    });
    this.#view = new MessagesView(this.#layout.messages, this.#layout.emptyCard, (message) => this.#retry(message));
  }

  start() {
    const kept = conversationOfPage();
    this.#mode = kept?.mode ?? new URLSearchParams(location.search).get("mode") ?? "battle";
    this.#modality = kept?.maskedEvaluations[0]?.modality ?? modalityOfAddress();
    if (kept) this.#restore(kept);
    demands.addEventListener("change", () => this.#render());
    addEventListener("popstate", () => location.reload());
    this.#render();
    void this.#drawHistory();
  }

  #restore(kept) {
    this.#conversation = { id: kept.id, mode: kept.mode, modality: this.#modality, messages: kept.messages, isNew: false };
    const answers = kept.messages.filter((each) => each.role === "assistant");
    for (const message of kept.messages.filter((each) => each.role !== "assistant")) {
      this.#view.add([message], (each) => this.#nameOf(each));
      const own = answers.filter((each) => each.parentMessageIds.includes(message.id));
      if (own.length) this.#view.add(own, (each) => this.#nameOf(each));
    }
    for (const answer of answers) if (answer.modelId) this.#chosen[answer.participantPosition] = answer.modelId;
  }

  #nameOf(message) {
    if (this.#conversation.mode === "battle") return `Assistant ${message.participantPosition.toUpperCase()}`;
    return nameOfModel(message.modelId) ?? "Assistant";
  }

  #render() {
    const offered = offeredFor(this.#modality);
    if (this.#conversation === null) {
      const isOffered = (id) => offered.some((each) => each.id === id);
      if (!isOffered(this.#chosen.a)) this.#chosen.a = offered[0]?.id;
      if (!isOffered(this.#chosen.b)) this.#chosen.b = offered[1]?.id;
    }
    this.#layout.render({
      draft: this.#draft,
      problem: this.#draft.length > config.maxPromptCharacters ? TOO_LONG : "",
      canSend: this.#canSend(),
      files: this.#files.list,
      takesFiles: this.#takesFiles().takes,
      running: this.#running !== null,
      begun: this.#conversation !== null,
      mode: this.#mode,
      modality: this.#modality,
      chosen: this.#chosen,
      offered,
    });
  }

  #canSend() {
    if (demands.has("terms") || demands.has("blocked")) return false;
    const filesAreThere = this.#files.isReady && (this.#files.list.length > 0 || !this.#takesFiles().needs);
    return filesAreThere && this.#running === null && /\S/.test(this.#draft) && this.#draft.length <= config.maxPromptCharacters;
  }

  /** Which files all that are to answer take; in a battle nobody knows who that will be. */
  #takesFiles() {
    const sides = { battle: [], direct: ["a"] }[this.#mode] ?? ["a", "b"];
    const each = sides.map((side) => filesOfModel(this.#chosen[side]));
    return { takes: each.every((one) => one.takes), several: each.every((one) => one.several), needs: each.some((one) => one.needs) };
  }

  #typed(text) {
    sawInput();
    this.#draft = text;
    this.#render();
  }

  #choose({ mode = this.#mode, modality = this.#modality, ...models }) {
    if (this.#conversation === null) [this.#mode, this.#modality] = [mode, modality];
    Object.assign(this.#chosen, models);
    this.#render();
  }

  #newChat(mode = "direct") {
    this.#leave(`/?mode=${mode}`, mode, "chat");
    this.#render();
    this.#layout.focus();
    void this.#drawHistory();
  }

  /** To a conversation of the list; where its data can't be had, its page is loaded. */
  async #open(path) {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    const kept = await conversationAt(path, opening.signal).catch(() => undefined);
    if (opening.signal.aborted) return;
    if (!kept) {
      location.assign(path);
      return;
    }
    this.#leave(path, kept.mode, kept.maskedEvaluations[0]?.modality ?? "chat");
    this.#restore(kept);
    this.#render();
    void this.#drawHistory();
  }

  /** In-page navigation: nothing is loaded, and what was running is given up. */
  #leave(path, mode, modality) {
    this.#running?.abort();
    this.#opening?.abort();
    [this.#conversation, this.#running, this.#opening, this.#draft] = [null, null, null, ""];
    [this.#mode, this.#modality] = [mode, modality];
    this.#files.clear();
    history.pushState({}, "", path);
    this.#view.clear();
  }

  async #send() {
    if (!this.#canSend()) return;
    sawPress();
    const content = this.#draft;
    this.#draft = "";
    this.#conversation ??= { id: newId(), mode: this.#mode, modality: this.#modality, messages: [], isNew: true };
    const { user, answers } = this.#newTurn(content, this.#files.take());
    this.#view.add([user], () => "");
    this.#view.add(answers, (each) => this.#nameOf(each));
    await this.#stream(answers, turnRequest(this.#conversation, user, answers));
  }

  #newTurn(content, files) {
    const { messages, mode } = this.#conversation;
    const lastAnswers = [];
    for (let at = messages.length - 1; messages[at]?.role === "assistant"; at -= 1) lastAnswers.unshift(messages[at].id);
    const common = { experimental_attachments: [], status: "pending" };
    const user = { ...common, experimental_attachments: files, id: newId(), role: "user", content, parentMessageIds: lastAnswers, participantPosition: "a", modelId: null };
    const answers = (mode === "direct" ? ["a"] : ["a", "b"]).map((position) => ({
      ...common,
      id: newId(),
      role: "assistant",
      content: "",
      reasoning: "",
      parentMessageIds: [user.id],
      participantPosition: position,
      modelId: mode === "battle" ? null : this.#chosen[position],
    }));
    messages.push(user, ...answers);
    return { user, answers };
  }

  async #retry(message) {
    if (this.#running) return;
    sawPress();
    Object.assign(message, { content: "", reasoning: "", error: undefined, sources: undefined, experimental_attachments: [] });
    await this.#stream([message], retryRequest(this.#conversation, message));
  }

  /** Runs one generating request and shows its records in the cards of the answers. */
  async #stream(answers, request) {
    const conversation = this.#conversation;
    const running = new AbortController();
    this.#running = running;
    this.#drawAnswers(answers, true);
    try {
      const response = await generate(request, running.signal, askPerson);
      if (!response.ok) throw new Error(`${response.status}: ${(await response.text()).slice(0, 200)}`);
      this.#begun(conversation);
      for await (const record of recordsOf(response)) {
        const message = answers.find((each) => each.participantPosition === record.position);
        if (message && apply(message, record)) this.#view.draw(message);
        this.#view.scroll(false);
      }
    } catch (error) {
      for (const message of answers) message.error ??= running.signal.aborted ? "Stopped" : String(error.message ?? error);
    }
    if (this.#running === running) this.#running = null;
    this.#drawAnswers(answers, false);
    void this.#drawHistory();
  }

  /** Draws the answers as running or as ended; whatever has no finish by then has failed. */
  #drawAnswers(answers, running) {
    for (const message of answers) {
      message.running = running;
      if (running) message.status = "pending";
      else if (message.status === "pending") message.status = "failed";
      this.#view.draw(message);
    }
    this.#render();
  }

  /** The site has taken the first message: the page's address becomes the conversation's. */
  #begun(conversation) {
    if (!conversation.isNew) return;
    conversation.isNew = false;
    if (conversation === this.#conversation) history.pushState({}, "", `/c/${conversation.id}`);
  }

  async #drawHistory() {
    drawHistory(document.querySelector("#history"), await listHistory(), this.#conversation?.id, (path) => void this.#open(path));
  }
}

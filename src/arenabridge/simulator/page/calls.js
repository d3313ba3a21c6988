// The page's calls: their bodies in the shape of the site's day, and the requests.

import { checkFields } from "./check.js";

const { prefix, shape, retry, signUp, historyAction } = document.body.dataset;
const HEADERS = { "Content-Type": "text/plain;charset=UTF-8", Accept: "*/*" };

/** A UUIDv7: 48 bits of milliseconds, version, 12 random bits, variant, 62 random bits. */
export function newId() {
  const random = crypto.getRandomValues(new Uint8Array(10));
  const bytes = [...new Array(6).keys()].map((at) => Math.floor(Date.now() / 256 ** (5 - at)) % 256).concat([...random]);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** One message as the bodies that list messages have it. */
function listed(message, sessionId) {
  return {
    id: message.id,
    role: message.role,
    content: message.content,
    ...(message.role === "assistant" ? { reasoning: message.reasoning ?? "" } : {}),
    experimental_attachments: message.experimental_attachments ?? [],
    parentMessageIds: message.parentMessageIds,
    participantPosition: message.participantPosition,
    modelId: message.modelId,
    evaluationSessionId: sessionId,
    status: message.status,
    failureReason: null,
  };
}

function said(conversation, user) {
  if (shape === "messages") return { messages: conversation.messages.map((each) => listed(each, conversation.id)) };
  return { userMessage: { content: user.content, experimental_attachments: [], metadata: {} } };
}

async function turnBody(conversation, user, answers, isNew) {
  const [a, b] = answers;
  const named = conversation.mode === "battle" ? {} : { modelAId: a.modelId };
  return {
    id: conversation.id,
    ...(isNew || shape === "messages" ? { mode: conversation.mode } : {}),
    ...named,
    ...(b && conversation.mode !== "battle" ? { modelBId: b.modelId } : {}),
    userMessageId: user.id,
    modelAMessageId: a.id,
    ...(b ? { modelBMessageId: b.id } : {}),
    ...said(conversation, user),
    modality: conversation.modality,
    ...(await checkFields("chat_submit")),
  };
}

/** Sends a user message: creates the conversation with its first one, continues it with every other. */
export async function send(conversation, user, answers, signal) {
  const isNew = conversation.isNew;
  const body = JSON.stringify(await turnBody(conversation, user, answers, isNew));
  const path = isNew ? "create-evaluation" : `post-to-evaluation/${conversation.id}`;
  // `window.fetch` is looked up now, not kept: what was put there later has to see the call.
  return window.fetch(`${prefix}/stream/${path}`, { method: "POST", headers: HEADERS, body, signal, credentials: "include" });
}

/** Generates one answer again. */
export async function regenerate(conversation, answer, signal) {
  const before = conversation.messages.slice(0, conversation.messages.indexOf(answer));
  const history = before.filter((each) => each.role === "user" || each.participantPosition === answer.participantPosition);
  const own = retry === "messages" ? { messages: history.map((each) => listed(each, conversation.id)), modelId: answer.modelId } : {};
  const body = JSON.stringify({ ...own, ...(await checkFields("chat_retry")) });
  const path = `retry-evaluation-session-message/${conversation.id}/messages/${answer.id}`;
  return window.fetch(`${prefix}/stream/${path}`, { method: "PUT", headers: HEADERS, body, signal, credentials: "include" });
}

/** Makes an anonymous user of the visitor, where the page's own response has not. */
export async function signUpIfNeeded() {
  if (!signUp) return;
  const provisional = /provisional_user_id=([^;]+)/.exec(document.cookie)?.[1] ?? "";
  const body =
    signUp === "camel"
      ? { turnstileToken: "simulated", recaptchaToken: "simulated", provisionalUserId: provisional }
      : { turnstile_token: "simulated" };
  await window.fetch(`${prefix}/sign-up`, { method: "POST", headers: HEADERS, body: JSON.stringify(body) });
}

/** The visitor's conversations, newest first; none when the site does not tell. */
export async function listHistory() {
  const headers = { ...HEADERS, Accept: "text/x-component", "Next-Action": historyAction };
  const response = await window.fetch(location.pathname, { method: "POST", headers, body: "[null]" });
  if (!response.ok) return [];
  const row = (await response.text()).split("\n").find((line) => line.includes('"history":['));
  return row ? JSON.parse(row.slice(row.indexOf(":") + 1)).data.history : [];
}

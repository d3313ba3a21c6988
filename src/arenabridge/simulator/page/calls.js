// The page's calls: their bodies in the shape of the site's day, and the requests.

import { digestOf, makeToken } from "./check.js";
import { config } from "./config.js";
import { demands } from "./demands.js";

const { prefix, shape, retry, signUp } = config;
const REJECTED = "recaptcha validation failed";
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
  return { userMessage: { content: user.content, experimental_attachments: user.experimental_attachments, metadata: {} } };
}

function turnFields(conversation, user, answers) {
  const [a, b] = answers;
  const named = conversation.mode === "battle" ? {} : { modelAId: a.modelId };
  return {
    id: conversation.id,
    ...(conversation.isNew || shape === "messages" ? { mode: conversation.mode } : {}),
    ...named,
    ...(b && conversation.mode !== "battle" ? { modelBId: b.modelId } : {}),
    userMessageId: user.id,
    modelAMessageId: a.id,
    ...(b ? { modelBMessageId: b.id } : {}),
    ...said(conversation, user),
    modality: conversation.modality,
  };
}

/** The request for a user message: creates the conversation with its first one, continues it with every other. */
export function turnRequest(conversation, user, answers) {
  const path = conversation.isNew ? "create-evaluation" : `post-to-evaluation/${conversation.id}`;
  return { method: "POST", path, fields: turnFields(conversation, user, answers), action: "chat_submit" };
}

/** The request that generates one answer again. */
export function retryRequest(conversation, answer) {
  const before = conversation.messages.slice(0, conversation.messages.indexOf(answer));
  const history = before.filter((each) => each.role === "user" || each.participantPosition === answer.participantPosition);
  const own = retry === "messages" ? { messages: history.map((each) => listed(each, conversation.id)), modelId: answer.modelId } : {};
  const path = `retry-evaluation-session-message/${conversation.id}/messages/${answer.id}`;
  return { method: "PUT", path, fields: own, action: "chat_retry" };
}

/**
 * Sends a generating request with a token of the page's check. Where the site does not take that, `askPerson` has to
 * come to its end, and the same body goes again with the token of the visible check in its place.
 */
export async function generate(request, signal, askPerson) {
  const response = await sent(request, "recaptchaV3Token", request.action, signal);
  if (!(await isRejected(response))) return response;
  await askPerson(signal);
  if (!config.checkResends) throw new Error("Thank you. Please send your message again.");
  return sent(request, "recaptchaV2Token", "visible_check", signal);
}

async function sent({ method, path, fields }, field, action, signal) {
  const body = JSON.stringify({ ...fields, [field]: await makeToken(field, action) });
  const headers = { ...HEADERS, "X-Page-Digest": await digestOf(body) };
  return siteFetch(`${prefix}/stream/${path}`, { method, headers, body, signal, credentials: "include" });
}

async function isRejected(response) {
  if (response.status !== 403 || !response.headers.get("content-type")?.startsWith("application/json")) return false;
  return (await response.clone().json()).error === REJECTED;
}

/**
 * `fetch` as the page uses it: the one that it kept in its first script, or else whatever `window.fetch` is now, so
 * that what was put there later sees the call.
 */
export async function siteFetch(url, options) {
  const response = await (typeof ownFetch === "function" ? ownFetch(url, options) : window.fetch(url, options));
  await demands.note(response);
  return response;
}

/** An address below the prefix of the site's own API. */
export function prefixed(path) {
  return `${prefix}${path}`;
}

/** Makes an anonymous user of the visitor, where the page's own response has not. */
export async function signUpIfNeeded() {
  if (!signUp) return;
  const provisional = /provisional_user_id=([^;]+)/.exec(document.cookie)?.[1] ?? "";
  const body =
    signUp === "camel"
      ? { turnstileToken: "simulated", recaptchaToken: "simulated", provisionalUserId: provisional }
      : { turnstile_token: "simulated" };
  await siteFetch(`${prefix}/sign-up`, { method: "POST", headers: HEADERS, body: JSON.stringify(body) });
}

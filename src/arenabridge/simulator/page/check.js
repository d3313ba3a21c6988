// The site's own check of its page: for each generating request it signs what this page has seen.
//
// It counts what the page's own handlers saw, made by hand or by script: like the real one it can't see who presses.

import { config } from "./config.js";

const TOKEN_CHARACTERS = { least: 1721, most: 1785 };
const SIGNATURE_CHARACTERS = 43;
const seen = { typed: 0, pressed: 0 };

/** An input event reached the message box. */
export function sawInput() {
  seen.typed += 1;
}

/** Send, Retry or the visible check was pressed. */
export function sawPress() {
  seen.pressed += 1;
}

/** A token for one request; `field` is where it will be, `action` what the request is for. */
export async function makeToken(field, action) {
  const claims = { page: config.page, field, action, at: Date.now(), ...seen, salt: "" };
  seen.pressed = 0;
  if (action === "chat_submit") seen.typed = 0;
  const { least, most } = TOKEN_CHARACTERS;
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  const bytes = Math.ceil(((least + (random % (most - least)) - SIGNATURE_CHARACTERS - 1) * 3) / 4);
  claims.salt = salt(bytes - JSON.stringify(claims).length);
  const text = base64url(new TextEncoder().encode(JSON.stringify(claims)));
  return `${text}.${base64url(await signature(text))}`;
}

/** SHA-256 of the text that a request carries, so that the site's audit can tell whether it arrived as it was sent. */
export async function digestOf(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return hex(new Uint8Array(digest));
}

async function signature(text) {
  const raw = Uint8Array.from(config.pageKey.match(/../g), (pair) => Number.parseInt(pair, 16));
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text)));
}

function salt(length) {
  return hex(crypto.getRandomValues(new Uint8Array(Math.ceil(length / 2)))).slice(0, length);
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

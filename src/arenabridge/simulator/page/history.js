// The list of the visitor's conversations.

import { callAction } from "./actions.js";
import { config } from "./config.js";
import { element } from "./elements.js";

/** Newest first; none when the site does not tell. */
export async function listHistory() {
  try {
    return (await callAction(config.historyAction, [null])).history;
  } catch {
    return [];
  }
}

export function drawHistory(list, sessions, currentId) {
  list.replaceChildren(
    ...sessions.map((session) => {
      const link = element("a", "", session.title || "New Chat", { href: `/c/${session.id}` });
      if (session.id === currentId) link.setAttribute("aria-current", "page");
      return link;
    }),
  );
}

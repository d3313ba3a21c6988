// The list of the visitor's conversations, and the way from one to another without loading a page.

import { callAction, FLIGHT_TYPE, ROUTER_STATE } from "./actions.js";
import { siteFetch } from "./calls.js";
import { config } from "./config.js";
import { element } from "./elements.js";
import { conversationIn } from "./flight.js";

/** Newest first; none when the site does not tell. */
export async function listHistory() {
  try {
    return (await callAction(config.historyAction, [null])).history;
  } catch {
    return [];
  }
}

/** `open` is told the path of a conversation whose link was pressed; a press for another tab is the browser's. */
export function drawHistory(list, sessions, currentId, open) {
  list.replaceChildren(
    ...sessions.map((session) => {
      const link = element("a", "", session.title || "New Chat", { href: `/c/${session.id}` });
      if (session.id === currentId) link.setAttribute("aria-current", "page");
      link.addEventListener("click", (event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        open(link.pathname);
      });
      return link;
    }),
  );
}

/** The conversation of another page, as the router of Next.js asks for it; nothing where the site gives none. */
export async function conversationAt(path, signal) {
  const headers = { RSC: "1", "Next-Router-State-Tree": ROUTER_STATE };
  const response = await siteFetch(`${path}?_rsc=1`, { headers, signal });
  const isFlight = response.headers.get("content-type")?.startsWith(FLIGHT_TYPE);
  return response.ok && isFlight ? conversationIn(await response.text()) : undefined;
}

// The list of the visitor's conversations.

import { element } from "./elements.js";

export function drawHistory(list, sessions, currentId) {
  list.replaceChildren(
    ...sessions.map((session) => {
      const link = element("a", "", session.title || "New Chat", { href: `/c/${session.id}` });
      if (session.id === currentId) link.setAttribute("aria-current", "page");
      return link;
    }),
  );
}

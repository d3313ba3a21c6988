// What the page was sent as flight data: the models, and on a conversation's page the conversation.

/** All pieces that the inline scripts pushed, as one text. */
function flightText() {
  return (self.__next_f ?? []).map((push) => (typeof push[1] === "string" ? push[1] : "")).join("");
}

/** The end of the JSON value that begins at `start` with a bracket; brackets within strings do not count. */
function endOfValue(text, start) {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "[" || character === "{") depth += 1;
    else if ((character === "]" || character === "}") && (depth -= 1) === 0) return at + 1;
  }
  return start;
}

function* valuesOf(text, key) {
  const needle = `"${key}":`;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
    const start = at + needle.length;
    if (text[start] === "[" || text[start] === "{") yield JSON.parse(text.slice(start, endOfValue(text, start)));
  }
}

/** The models in page order; the array has had two names. */
export function modelsOfPage() {
  const text = flightText();
  const [models] = valuesOf(text, "initialModels");
  if (models) return models;
  return [...valuesOf(text, "initialState")].filter((value) => Array.isArray(value) && value[0]?.publicName).flat();
}

/** The conversation of a `/c/…` page, or nothing. */
export function conversationOfPage() {
  return conversationIn(flightText());
}

/** The conversation that flight data holds, or nothing. */
export function conversationIn(text) {
  return [...valuesOf(text, "initialState")].find((value) => !Array.isArray(value) && value.messages);
}

// Reads the records of an answer as they come: `position code ":" json`, one on each line.

/** Every complete record as `{position, code, value}`; a last line without its end counts as well. */
export async function* recordsOf(response) {
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
    const lines = rest.split("\n");
    rest = done ? "" : lines.pop();
    for (const line of lines) {
      const record = parsed(line);
      if (record) yield record;
    }
    if (done) return;
  }
}

function parsed(line) {
  if (!/^[ab][0-9a-z]:/.test(line)) return null;
  try {
    return { position: line[0], code: line[1], value: JSON.parse(line.slice(3)) };
  } catch {
    return null;
  }
}

/** Takes a record into the message that it belongs to; says whether anything visible changed. */
export function apply(message, { code, value }) {
  if (code === "0") message.content += value;
  else if (code === "g") message.reasoning = (message.reasoning ?? "") + value;
  else if (code === "3") [message.status, message.error] = ["failed", value];
  else if (code === "2") return showFile(message, value[0]);
  else if (code === "c" && value.toolCallId === "citation-source") cite(message, JSON.parse(value.argsTextDelta).source);
  else if (code === "d") message.status = value.finishReason === "error" ? "failed" : "success";
  else return false;
  return true;
}

function showFile(message, item) {
  if (item.type !== "image" && item.type !== "video") return false;
  const url = item[item.type] ?? `data:${item.mimeType};base64,${item.data}`;
  const file = { contentType: item.mimeType, url };
  message.experimental_attachments = [...(message.experimental_attachments ?? []), file];
  return true;
}

function cite(message, source) {
  message.sources ??= new Map();
  for (const each of [source].flat()) message.sources.set(each.id, { ...message.sources.get(each.id), ...each });
}

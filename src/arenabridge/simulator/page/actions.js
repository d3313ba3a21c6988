// Calls of the site's server actions: arguments as a JSON array, the result in a row of flight data.

import { siteFetch } from "./calls.js";
import { config } from "./config.js";

export const FLIGHT_TYPE = "text/x-component";
export const ROUTER_STATE = encodeURIComponent(JSON.stringify(["", { children: ["__PAGE__", {}] }, null, null, true]));
const [LINE_FEED, COLON, COMMA, TEXT] = [..."\n:,T"].map((each) => each.charCodeAt(0));

/** The result's `data`; throws what the site says instead, in its own words. */
export async function callAction(id, args, signal) {
  const headers = {
    Accept: FLIGHT_TYPE,
    "Content-Type": "text/plain;charset=UTF-8",
    "Next-Action": id,
    "Next-Router-State-Tree": ROUTER_STATE,
    "x-deployment-id": config.deployment,
  };
  const response = await siteFetch(location.pathname + location.search, { method: "POST", headers, body: JSON.stringify(args), signal });
  if (!response.ok) throw new Error(`${response.status}: ${(await response.text()).slice(0, 200)}`);
  const rows = rowsOf(new Uint8Array(await response.arrayBuffer()));
  const result = JSON.parse(rows.get(JSON.parse(rows.get("0")).a.slice(2)));
  if (!result.success) throw new Error(result.error);
  return result.data;
}

/** Rows by their hexadecimal ids. A text row is counted in bytes and has no line feed at its end. */
function rowsOf(bytes) {
  const rows = new Map();
  const decoder = new TextDecoder();
  const text = (from, to) => decoder.decode(bytes.subarray(from, to));
  for (let at = 0; at < bytes.length; ) {
    const colon = bytes.indexOf(COLON, at);
    const isText = bytes[colon + 1] === TEXT;
    const start = isText ? bytes.indexOf(COMMA, colon) + 1 : colon + 1;
    const line = bytes.indexOf(LINE_FEED, start);
    const end = isText ? start + Number.parseInt(text(colon + 2, start - 1), 16) : line < 0 ? bytes.length : line;
    rows.set(text(at, colon), text(start, end));
    at = isText ? end : end + 1;
  }
  return rows;
}

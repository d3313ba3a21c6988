/**
 * The part of Markdown that models write, as a tree of plain values. Pure.
 *
 * Nothing in it is markup: it becomes elements whose text is text (`markdown_view.js`). Blocks are `heading`,
 * `paragraph`, `code`, `list`, `quote`, `table` and `rule`; within them are `text`, `strong`, `emphasis`, `code`, `link`
 * and `picture`.
 */

const MAX_DEPTH = 6;
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const TABLE_LINE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$/;

/** @param {string} text  @returns {object[]} blocks */
export function parseMarkdown(text, depth = 0) {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const [block, next] = readBlock(lines, at, depth);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

function readBlock(lines, at, depth) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  const fence = line.match(FENCE);
  if (fence) return readCode(lines, at, fence);
  const heading = line.match(HEADING);
  if (heading) return [{ type: 'heading', level: heading[1].length, inside: parseInline(heading[2]) }, at + 1];
  if (RULE.test(line)) return [{ type: 'rule' }, at + 1];
  if (line.includes('|') && TABLE_LINE.test(lines[at + 1] ?? '')) return readTable(lines, at);
  if (depth < MAX_DEPTH && /^ {0,3}>/.test(line)) return readQuote(lines, at, depth);
  if (depth < MAX_DEPTH && ITEM.test(line)) return readList(lines, at, depth);
  return readParagraph(lines, at, depth);
}

/** A fence that is not closed yet, as in an answer that still comes, goes on to the end. */
function readCode(lines, at, [, fence, language]) {
  let end = at + 1;
  const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}\\s*$`);
  while (end < lines.length && !closing.test(lines[end])) end += 1;
  return [{ type: 'code', language, text: lines.slice(at + 1, end).join('\n') }, end + 1];
}

function readTable(lines, at) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => parseInline(cell.trim()));
  let end = at + 2;
  while (end < lines.length && lines[end].includes('|')) end += 1;
  return [{ type: 'table', head: cells(lines[at]), rows: lines.slice(at + 2, end).map(cells) }, end];
}

function readQuote(lines, at, depth) {
  let end = at;
  while (end < lines.length && /^ {0,3}>/.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(/^ {0,3}> ?/, '')).join('\n');
  return [{ type: 'quote', inside: parseMarkdown(inner, depth + 1) }, end];
}

/** Items of the same kind at the same depth; what is indented below one belongs to it. */
function readList(lines, at, depth) {
  const [, indent, mark] = lines[at].match(ITEM);
  const isOrdered = /\d/.test(mark);
  const items = [];
  let end = at;
  while (end < lines.length) {
    const item = lines[end].match(ITEM);
    if (!item || item[1].length !== indent.length || /\d/.test(item[2]) !== isOrdered) break;
    const inner = [item[3]];
    end += 1;
    while (end < lines.length && belongs(lines, end, indent.length)) {
      inner.push(lines[end].slice(Math.min(indent.length + 2, lines[end].search(/\S|$/))));
      end += 1;
    }
    items.push(parseMarkdown(inner.join('\n'), depth + 1));
  }
  return [{ type: 'list', isOrdered, start: isOrdered ? parseInt(mark, 10) : 1, items }, end];
}

function belongs(lines, at, indent) {
  if (lines[at].trim()) return lines[at].search(/\S/) > indent;
  return (lines[at + 1] ?? '').search(/\S/) > indent;
}

function readParagraph(lines, at, depth) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !begins(lines, end, depth)) end += 1;
  return [{ type: 'paragraph', inside: parseInline(lines.slice(at, end).join('\n')) }, end];
}

const begins = (lines, at, depth) =>
  FENCE.test(lines[at]) || HEADING.test(lines[at]) || RULE.test(lines[at]) || (depth < MAX_DEPTH && (/^ {0,3}>/.test(lines[at]) || ITEM.test(lines[at])));

/** Every part that may go on has a bound or an end of its own, so that no text takes long, whatever it leaves open. */
const INLINE = /(`+)([\s\S]+?)\1(?!`)|(!?)\[([^\]\n]{0,500})\]\(\s{0,9}<?(data:image\/\w+;base64,[\w+/=]+|[^\s)>]{1,2048})(?:[>\s][^)\n]{0,300})?\)|\*\*([^*\n]+?)\*\*|__([^_\n]+?)__|\*([^*\s][^*\n]*?)\*|(https?:\/\/[^\s<>()"'`]+[^\s<>()"'`.,;:!?])/g;

/** @param {string} text  @returns {object[]} */
export function parseInline(text) {
  const found = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) found.push({ type: 'text', text: text.slice(at, match.index) });
    found.push(inline(match));
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ type: 'text', text: text.slice(at) });
  return found;
}

function inline([whole, tick, code, bang, label, target, strong, alsoStrong, emphasis, bare]) {
  if (tick) return { type: 'code', text: code.replace(/^ (.*) $/s, '$1') };
  if (target !== undefined) return pointing(whole, bang, label, target);
  if (strong ?? alsoStrong) return { type: 'strong', inside: parseInline(strong ?? alsoStrong) };
  if (emphasis) return { type: 'emphasis', inside: parseInline(emphasis) };
  return { type: 'link', url: bare, inside: [{ type: 'text', text: bare }] };
}

/** Only addresses of the web: anything else stays the text it is. */
function pointing(whole, bang, label, target) {
  const isOurs = target.startsWith('/files/');
  const isPicture = bang && (isOurs || /^data:image\/(png|jpeg|webp|gif);base64,[\w+/=]+$/i.test(target));
  if (isPicture) return { type: 'picture', url: target, label };
  if (!isOurs && !/^https?:\/\//i.test(target)) return { type: 'text', text: whole };
  return { type: 'link', url: target, inside: [{ type: 'text', text: label || target }] };
}

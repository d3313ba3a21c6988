// A message box that is an editable element, kept as rich editors keep theirs.
//
// It takes insertions into its own hands (`beforeinput`, `paste`) and reads the element after whatever the browser has
// edited by itself (`input`). Between events what it holds counts, and is drawn as one text with its line feeds.

const BLOCKS = new Set(["DIV", "P", "LI", "UL", "OL", "PRE", "BLOCKQUOTE"]);
const LINE_BREAKS = new Set(["insertLineBreak", "insertParagraph"]);
const INSERTIONS = new Set(["insertText", "insertReplacementText", "insertFromPaste", "insertFromDrop", ...LINE_BREAKS]);

export class Editor {
  #root;
  #onChange;
  #text = "";
  #isRead = true;

  /** `onChange` is told the text after each edit. */
  constructor(root, onChange) {
    this.#root = root;
    this.#onChange = onChange;
    root.addEventListener("beforeinput", (event) => this.#inserting(event));
    root.addEventListener("paste", (event) => {
      event.preventDefault();
      this.#insert(event.clipboardData?.getData("text/plain") ?? "");
    });
    root.addEventListener("input", () => this.#edited());
  }

  /** Draws what the page's state holds. */
  show(text) {
    if (!this.#isRead || (text === this.#text && this.#isDrawn())) return;
    this.#text = text;
    this.#draw(text.length);
  }

  focus() {
    this.#root.focus();
  }

  #inserting(event) {
    if (!INSERTIONS.has(event.inputType) || event.isComposing || !event.cancelable) return;
    event.preventDefault();
    this.#insert(LINE_BREAKS.has(event.inputType) ? "\n" : (event.data ?? event.dataTransfer?.getData("text/plain") ?? ""));
  }

  #insert(inserted) {
    this.#read();
    const [start, end] = this.#selected();
    const text = inserted.replace(/\r\n?/g, "\n");
    this.#text = this.#text.slice(0, start) + text + this.#text.slice(end);
    this.#draw(start + text.length);
    this.#onChange(this.#text);
  }

  /** Once for all the events of one edit: the browser sends one for each line that a command inserts. */
  #edited() {
    if (!this.#isRead) return;
    this.#isRead = false;
    queueMicrotask(() => {
      if (this.#isRead) return;
      this.#read();
      this.#onChange(this.#text);
    });
  }

  /** Takes over what the browser's own editing has made of the element. */
  #read() {
    if (this.#isRead) return;
    this.#isRead = true;
    this.#text = textOf(this.#root);
    if (!this.#isDrawn()) this.#draw(this.#text.length);
  }

  #isDrawn() {
    const { childNodes } = this.#root;
    if (this.#text === "") return childNodes.length === 0;
    return childNodes.length === 1 && childNodes[0].nodeType === Node.TEXT_NODE && childNodes[0].data === this.#text;
  }

  #draw(caret) {
    this.#root.replaceChildren(...(this.#text ? [document.createTextNode(this.#text)] : []));
    if (document.activeElement === this.#root) getSelection().collapse(this.#root.firstChild ?? this.#root, this.#text ? caret : 0);
  }

  /** The offsets of the selection in the text; its end when the selection is elsewhere. */
  #selected() {
    const selection = getSelection();
    const range = selection.rangeCount ? selection.getRangeAt(0) : null;
    if (!range || !this.#root.contains(range.commonAncestorContainer)) return [this.#text.length, this.#text.length];
    const before = document.createRange();
    before.selectNodeContents(this.#root);
    before.setEnd(range.startContainer, range.startOffset);
    const start = before.toString().length;
    return [start, start + range.toString().length];
  }
}

/** The text of what a browser's editing leaves: blocks are lines, and a break that ends a line is only its filler. */
function textOf(root) {
  const lines = [""];
  let isFresh = true;
  const walk = (node) => {
    for (const child of node.childNodes) {
      if (!isFresh && (isBlock(child) || isBlock(child.previousSibling))) {
        lines.push("");
        isFresh = true;
      }
      if (child.nodeType === Node.TEXT_NODE) lines[lines.length - 1] += child.data;
      else if (child.nodeName !== "BR") walk(child);
      else if (child.nextSibling && !isBlock(child.nextSibling)) lines.push("");
      if (child.nodeType === Node.TEXT_NODE || child.nodeName === "BR") isFresh = false;
    }
  };
  walk(root);
  return lines.join("\n");
}

function isBlock(node) {
  return node !== null && BLOCKS.has(node.nodeName);
}

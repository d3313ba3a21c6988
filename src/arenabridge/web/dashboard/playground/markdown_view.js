/** Markdown as elements. Pictures are shown if they are our own; those of other places are links, so that nobody is asked. */

import { t } from '../texts.js';
import { html, useMemo } from '../ui.js';
import { parseMarkdown } from './markdown.js';

export function Markdown({ text }) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return html`<div class="markdown">${blocks.map(block)}</div>`;
}

const BLOCKS = {
  heading: ({ inside }) => html`<h3>${inside.map(inline)}</h3>`,
  paragraph: ({ inside }) => html`<p>${inside.map(inline)}</p>`,
  code: ({ text, language }) => html`<pre tabindex="0" aria-label=${t('playground.code', { language })}><code>${text}</code></pre>`,
  quote: ({ inside }) => html`<blockquote>${inside.map(block)}</blockquote>`,
  list: ({ isOrdered, start, items }) => {
    const inner = items.map((item) => html`<li>${item.length === 1 && item[0].type === 'paragraph' ? item[0].inside.map(inline) : item.map(block)}</li>`);
    return isOrdered ? html`<ol start=${start}>${inner}</ol>` : html`<ul>${inner}</ul>`;
  },
  table: ({ head, rows }) => html`<div class="scroll"><table><thead><tr>${head.map((cell) => html`<th>${cell.map(inline)}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell.map(inline)}</td>`)}</tr>`)}</tbody></table></div>`,
  rule: () => html`<hr />`,
};

const INLINES = {
  text: ({ text }) => text,
  code: ({ text }) => html`<code>${text}</code>`,
  strong: ({ inside }) => html`<strong>${inside.map(inline)}</strong>`,
  emphasis: ({ inside }) => html`<em>${inside.map(inline)}</em>`,
  link: ({ url, inside }) => html`<a href=${url} target="_blank" rel="noopener noreferrer nofollow">${inside.map(inline)}</a>`,
  picture: ({ url, label }) => html`<a href=${url} target="_blank" rel="noopener"><img src=${url} alt=${label || t('picture')} loading="lazy" /></a>`,
};

const block = (each) => BLOCKS[each.type](each);
const inline = (each) => INLINES[each.type](each);

/** What was said in a conversation: the person's turns, to be said otherwise, and answers, to be had again. */

import { duration } from '../formats.js';
import { ErrorNotice } from '../parts/states.js';
import { known, t } from '../texts.js';
import { html, useState } from '../ui.js';
import { Markdown } from './markdown_view.js';

/** @param {{turn: import('./lane.js').Turn, lane: object}} props */
export function TurnView({ turn, lane }) {
  const last = lane.said.value.at(-1);
  const isBusy = Boolean(last?.isRunning);
  if (turn.role === 'user') return html`<${UserTurn} turn=${turn} lane=${lane} isBusy=${isBusy} />`;
  return html`
    <article class="turn" aria-label=${t('playground.answer')} aria-busy=${String(Boolean(turn.isRunning))}>
      <div class="who"><span>${t('playground.answer')}</span>${facts(turn).map((fact) => html`<span key=${fact} class="number">${fact}</span>`)}
        ${turn === last && !isBusy && html`<button type="button" class="link" onClick=${() => void lane.again()}>${t('playground.again')}</button>`}</div>
      ${turn.reasoning && html`
        <details class="reasoning" open=${turn.isRunning && !turn.text}>
          <summary>${t('playground.reasoning')}</summary><${Markdown} text=${turn.reasoning} />
        </details>`}
      ${turn.text && html`<${Markdown} text=${turn.text} />`}
      ${turn.isRunning && html`<span class="caret"><span class="visually-hidden">${t('playground.running')}</span></span>`}
      ${turn.error && html`<${ErrorNotice} error=${turn.error} />`}
    </article>
  `;
}

function UserTurn({ turn, lane, isBusy }) {
  const [draft, setDraft] = useState(null);
  const isEmpty = !draft?.trim() && !turn.pictures?.length;
  const send = (event) => {
    event.preventDefault();
    if (isEmpty || isBusy) return;
    setDraft(null);
    void lane.edit(turn.id, draft.trim());
  };
  return html`
    <article class="turn user" aria-label=${t('playground.you')}>
      <div class="who"><span>${t('playground.you')}</span>
        ${draft === null && html`
          <button type="button" class="link" disabled=${isBusy} onClick=${() => setDraft(turn.text)}>${t('playground.edit')}</button>`}</div>
      ${turn.pictures?.map((url) => html`<img key=${url} class="thumb" src=${url} alt=${t('picture')} />`)}
      ${draft === null ? turn.text && html`<div class="said">${turn.text}</div>` : html`
        <form class="editing" onSubmit=${send}>
          <textarea rows="3" aria-label=${t('playground.edit')} value=${draft} onInput=${(event) => setDraft(event.target.value)}></textarea>
          <div class="actions">
            <button type="button" onClick=${() => setDraft(null)}>${t('cancel')}</button>
            <button type="submit" class="primary" disabled=${isEmpty || isBusy}>${t('playground.send')}</button>
          </div>
        </form>`}
    </article>`;
}

const facts = (turn) => [
  turn.firstSeconds !== undefined && t('playground.first', { time: duration(turn.firstSeconds) }),
  turn.seconds !== undefined && t('playground.whole', { time: duration(turn.seconds) }),
  turn.finish && turn.finish !== 'stop' && known(`outcome.${turn.finish}`, turn.finish),
].filter(Boolean);

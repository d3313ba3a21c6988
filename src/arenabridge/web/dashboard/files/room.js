/** How full it is: all of it for administrators, and each person, with all keys, against their limit. */

import { number, size } from '../formats.js';
import { Bar, Card } from '../parts/layout.js';
import { t } from '../texts.js';
import { html } from '../ui.js';

const SHOWN_TO_ADMINISTRATORS = 5;

/** @param {{kept: object}} props the answer of the list */
export function Room({ kept }) {
  const rooms = kept.rooms.filter((room) => room.count).slice(0, SHOWN_TO_ADMINISTRATORS);
  const limits = { maxCount: kept.room_max_count, maxSize: kept.room_max_size };
  return html`
    <${Card} title=${t('files.room')} aside=${html`<span class="muted small number">${t('files.count', { count: kept.count })}</span>`}>
      <div class="stack">
        ${kept.max_size !== null && html`
          <${Share} name=${t('files.all')} count=${kept.count} size=${kept.size} maxCount=${kept.max_count} maxSize=${kept.max_size} />`}
        ${rooms.length > 0 && html`
          <div class="shares">${rooms.map((room) => html`
            <${Share} key=${room.id} name=${room.name ?? t('files.gone_key', { id: room.id.slice(0, 8) })} count=${room.count} size=${room.size} ...${limits} />`)}</div>`}
        ${!rooms.length && kept.max_size === null && html`<p class="muted">${t('files.room.empty')}</p>`}
      </div>
    <//>
  `;
}

const Share = ({ name, count, size: bytes, maxCount, maxSize }) => html`
  <div class="share" role="group" aria-label=${name}>
    <span class="clamped" title=${name}>${name}</span>
    <span class="muted number small">
      ${t('files.used', { size: size(bytes), all: size(maxSize) })} · ${t('files.of', { count: number(count), all: number(maxCount) })}
    </span>
    <${Bar} share=${Math.min(1, Math.max(bytes / maxSize, count / maxCount))} />
  </div>
`;

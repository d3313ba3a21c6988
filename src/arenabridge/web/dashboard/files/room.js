/** How full it is: all of it for administrators, and each key against its own limit. */

import { number, size } from '../formats.js';
import { Bar, Card } from '../parts/layout.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html } from '../ui.js';
import { shareName } from './words.js';

const SHOWN_TO_ADMINISTRATORS = 5;

/** @param {{kept: object}} props the answer of the list */
export function Room({ kept }) {
  const shares = isAdministrator.value ? kept.shares.slice(0, SHOWN_TO_ADMINISTRATORS) : kept.shares;
  const ofKeys = { maxCount: kept.key_max_count, maxSize: kept.key_max_size };
  return html`
    <${Card} title=${t('files.room')} aside=${html`<span class="muted small number">${t('files.count', { count: kept.count })}</span>`}>
      <div class="stack">
        ${kept.max_size !== null && html`
          <${Share} name=${t('files.all')} count=${kept.count} size=${kept.size} maxCount=${kept.max_count} maxSize=${kept.max_size} />`}
        ${shares.length > 0 && html`
          <div class="shares">${shares.map((share) => html`
            <${Share} key=${share.key_id} name=${shareName(share)} count=${share.count} size=${share.size} ...${ofKeys} />`)}</div>`}
        ${!kept.shares.length && kept.max_size === null && html`<p class="muted">${t('files.room.empty')}</p>`}
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

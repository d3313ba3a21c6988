/** The gateways of a fleet, each in a row; nothing where there is but one. */

import { live } from '../feed/live.js';
import { number } from '../formats.js';
import { t } from '../texts.js';
import { html } from '../ui.js';
import { Badge, Card } from './layout.js';
import { Ago } from './time.js';

export function Replicas() {
  const replicas = Object.entries(live.value?.replicas ?? {}).sort(([, a], [, b]) => a.name.localeCompare(b.name));
  if (!replicas.length) return null;
  return html`
    <${Card} title=${t('replicas.title')} aside=${html`<span class="muted small">${t('replicas.hint')}</span>`}>
      <div class="scroll"><table class="things">
        <thead><tr><th>${t('replicas.one')}</th><th>${t('state')}</th><th class="number">${t('replicas.workers')}</th><th class="number">${t('replicas.running')}</th><th class="number">${t('replicas.waiting')}</th><th>${t('replicas.version')}</th><th>${t('replicas.since')}</th></tr></thead>
        <tbody>${replicas.map(([id, each]) => html`<${Row} key=${id} replica=${each} />`)}</tbody>
      </table></div>
    <//>
  `;
}

const Row = ({ replica }) => html`
  <tr>
    <td class="title"><strong class="break">${replica.name}</strong>${replica.this && html` <span class="muted">${t('replicas.this')}</span>`}<span class="sub break">${replica.address}</span></td>
    <td data-label=${t('state')}><${Badge} tone=${replica.closing ? 'warn' : 'good'}>${t(replica.closing ? 'replicas.closing' : 'replicas.up')}<//></td>
    <td class="number" data-label=${t('replicas.workers')}>${number(replica.workers)}</td>
    <td class="number" data-label=${t('replicas.running')}>${number(replica.running)}</td>
    <td class="number" data-label=${t('replicas.waiting')}>${number(replica.waiting)}</td>
    <td class="muted" data-label=${t('replicas.version')}>${replica.version}</td>
    <td class="muted" data-label=${t('replicas.since')}><${Ago} at=${replica.since} /></td>
  </tr>
`;

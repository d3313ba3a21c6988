/** The files, each in a row that can be chosen; pictures are looked at larger. */

import { size } from '../formats.js';
import { CopyButton } from '../parts/copy.js';
import { Icon } from '../parts/icons.js';
import { Ago, Moment } from '../parts/time.js';
import { known, t } from '../texts.js';
import { html, useState } from '../ui.js';
import { shareName } from './words.js';

/** Larger pictures are not loaded for a thumbnail. */
const SMALL_BYTES = 12_000_000;

export const isPicture = (file) => file.is_shown && file.media_type.startsWith('image/');

/**
 * @param {{files: object[], chosen: Set<string>, choose: (ids: string[], isChosen: boolean) => void, look: (file: object) => void,
 *   drop: (file: object) => void}} props
 */
export const FilesTable = ({ files, chosen, choose, look, drop }) => html`
  <div class="scroll"><table class="things files">
    <thead><tr>
      <th class="pick"><input type="checkbox" aria-label=${t('files.choose.all')} checked=${files.every((each) => chosen.has(each.id))}
        onChange=${(event) => choose(files.map((each) => each.id), event.target.checked)} /></th>
      <th>${t('files.name')}</th><th class="number">${t('files.size')}</th><th>${t('files.owner')}</th>
      <th>${t('files.when')}</th><th>${t('files.expires')}</th>
      <th><span class="visually-hidden">${t('manage')}</span></th>
    </tr></thead>
    <tbody>${files.map((file) => html`
      <${Row} key=${file.id} file=${file} isChosen=${chosen.has(file.id)} choose=${choose} look=${look} drop=${drop} />`)}</tbody>
  </table></div>
`;

const Row = ({ file, isChosen, choose, look, drop }) => html`
  <tr class=${isChosen ? 'chosen' : ''}>
    <td class="pick"><input type="checkbox" aria-label=${t('files.choose', { name: file.name })} checked=${isChosen}
      onChange=${(event) => choose([file.id], event.target.checked)} /></td>
    <td class="title wide"><span class="thumbed"><${Thumbnail} file=${file} look=${look} />
      <span><a class="break" href=${file.path} target="_blank" rel="noopener">${file.name}</a><span class="sub">${file.media_type}</span></span></span></td>
    <td class="number" data-label=${t('files.size')}>${size(file.size)}</td>
    <td class="whose" data-label=${t('files.owner')}><span><span class="clamped" title=${shareName(file)}>${shareName(file)}</span>
      <span class="sub">${known(`files.source.${file.source}`, file.source)}</span></span></td>
    <td class="muted" data-label=${t('files.when')}><${Ago} at=${file.created_at} /></td>
    <td class="muted" data-label=${t('files.expires')}><${Moment} at=${file.expires_at} /></td>
    <td class="act"><span class="actions">
      <${CopyButton} text=${file.address} words=${t('files.copy')} name=${file.name} />
      <button type="button" class="plain danger" aria-label=${`${t('files.remove')}: ${file.name}`} onClick=${() => drop(file)}>${t('files.remove')}</button>
    </span></td>
  </tr>
`;

/** Pictures as such; what can't be shown, or is no longer there, as a sign. */
function Thumbnail({ file, look }) {
  const [isBroken, setBroken] = useState(false);
  if (!isPicture(file) || file.size > SMALL_BYTES || isBroken) return html`<span class="thumbnail" aria-hidden="true"><${Icon} name="file" /></span>`;
  return html`
    <button type="button" class="thumbnail" aria-label=${t('files.look', { name: file.name })} onClick=${() => look(file)}>
      <img src=${file.path} alt="" width="44" height="44" loading="lazy" decoding="async" onError=${() => setBroken(true)} />
    </button>`;
}

/** What the gateway keeps: pictures of answers, uploads, attachments; how much room they take, and until when. */

import { get, remove } from '../api.js';
import { number, size } from '../formats.js';
import { CopyButton } from '../parts/copy.js';
import { Question } from '../parts/dialog.js';
import { Icon } from '../parts/icons.js';
import { Bar, Card, PageHead, Segments } from '../parts/layout.js';
import { Empty, ErrorNotice, Loading } from '../parts/states.js';
import { Ago, Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { isAdministrator } from '../session.js';
import { known, t } from '../texts.js';
import { html, useEffect, useRef, useState } from '../ui.js';

/** Larger pictures are not loaded for a thumbnail. */
const SMALL_BYTES = 12_000_000;

export function Files() {
  const [wishes, setWishes] = useState({ kind: '', key: '', search: '' });
  const [asked, ask] = useState(null);
  const list = useFiles(wishes);
  const drop = async () => {
    if (await attempt(() => remove(`/api/files/${encodeURIComponent(asked.id)}`), t('files.removed', { name: asked.name }))) await list.reload();
    ask(null);
  };
  return html`
    <${PageHead} title=${t('nav.files')} about=${t('files.about')} />
    ${list.error && html`<${ErrorNotice} error=${list.error} retry=${list.reload} />`}
    ${list.kept ? html`<${Room} kept=${list.kept} />` : !list.error && html`<${Loading} />`}
    ${list.kept && html`
      <${Card} title=${t('files.list')}>
        <div class="stack">
          <${Filters} wishes=${wishes} wish=${(changes) => setWishes({ ...wishes, ...changes })} shares=${list.kept.shares} />
          ${list.files.length ? html`<${Table} files=${list.files} drop=${ask} />` : html`<${Nothing} isFiltered=${Object.values(wishes).some(Boolean)} />`}
          ${list.next && html`<button type="button" onClick=${list.more}>${t('files.more')}</button>`}
        </div>
      <//>`}
    ${asked && html`<${Question} title=${t('files.remove.question', { name: asked.name })} words=${t('files.remove.words')} action=${t('files.remove')} act=${drop} close=${() => ask(null)} />`}
  `;
}

const Nothing = ({ isFiltered }) =>
  isFiltered ? html`<${Empty} title=${t('files.no_match')} />` : html`<${Empty} title=${t('files.none')}>${t('files.none.words')}<//>`;

/** The files that fit, a page at a time; what is removed goes without the rest moving. */
function useFiles({ kind, key, search }) {
  const [state, setState] = useState({ files: [], kept: null, next: null, error: null });
  const latest = useRef(0);
  const load = async (before = null, limit = 50) => {
    const turn = (latest.current += 1);
    const query = new URLSearchParams(Object.entries({ kind, key, search, before: before ?? '', limit: String(limit) }).filter(([, value]) => value));
    try {
      const answer = await get(`/api/files?${query}`);
      if (turn === latest.current) setState((shown) => ({ files: before ? [...shown.files, ...answer.files] : answer.files, kept: answer, next: answer.next, error: null }));
    } catch (error) {
      if (turn === latest.current) setState((shown) => ({ ...shown, error }));
    }
  };
  useEffect(() => {
    const rest = setTimeout(load, search ? 250 : 0);
    return () => clearTimeout(rest);
  }, [kind, key, search]);
  return { ...state, more: () => load(state.next), reload: () => load(null, Math.min(100, Math.max(50, state.files.length))) };
}

/** How full it is: all of it for administrators, and each key against its own limit. */
function Room({ kept }) {
  const shares = isAdministrator.value ? kept.shares.slice(0, 5) : kept.shares;
  return html`
    <${Card} title=${t('files.room')} aside=${html`<span class="muted small number">${t('files.count', { count: kept.count })}</span>`}>
      <div class="stack">
        ${kept.max_size !== null && html`<${Share} name=${t('files.all')} count=${kept.count} size=${kept.size} maxCount=${kept.max_count} maxSize=${kept.max_size} />`}
        ${shares.length > 0 && html`<div class="shares">${shares.map((share) => html`<${Share} key=${share.key_id} name=${shareName(share)} count=${share.count} size=${share.size} maxCount=${kept.key_max_count} maxSize=${kept.key_max_size} />`)}</div>`}
        ${!kept.shares.length && kept.max_size === null && html`<p class="muted">${t('files.room.empty')}</p>`}
      </div>
    <//>
  `;
}

const Share = ({ name, count, size: bytes, maxCount, maxSize }) => html`
  <div class="share" role="group" aria-label=${name}>
    <span class="break">${name}</span>
    <span class="muted number small">${t('files.used', { size: size(bytes), all: size(maxSize) })} · ${t('files.of', { count: number(count), all: number(maxCount) })}</span>
    <${Bar} share=${Math.min(1, Math.max(bytes / maxSize, count / maxCount))} />
  </div>
`;

/** What came with a key that is gone is nobody's by name. */
const shareName = ({ key_name: name, owner, key_id: id }) => {
  const key = name === null ? t('files.gone_key', { id: id.slice(0, 8) }) : name === 'playground' ? t('nav.playground') : name;
  return owner && isAdministrator.value ? `${key} · ${owner}` : key;
};

const Filters = ({ wishes, wish, shares }) => html`
  <div class="filters">
    <input type="search" maxlength="100" aria-label=${t('files.search')} placeholder=${t('files.search')} value=${wishes.search} onInput=${(event) => wish({ search: event.target.value })} />
    <${Segments} name=${t('type')} value=${wishes.kind} choose=${(kind) => wish({ kind })} options=${['', 'pictures', 'others'].map((each) => [each, t(`files.kind.${each || 'all'}`)])} />
    ${shares.length > 1 && html`
      <select aria-label=${t('files.by')} value=${wishes.key} onChange=${(event) => wish({ key: event.target.value })}>
        <option value="">${t('requests.by.key.any')}</option>
        ${shares.map((share) => html`<option key=${share.key_id} value=${share.key_id}>${shareName(share)}</option>`)}
      </select>`}
  </div>
`;

const Table = ({ files, drop }) => html`
  <div class="scroll"><table class="things files">
    <thead><tr><th>${t('files.name')}</th><th class="number">${t('files.size')}</th><th>${t('files.owner')}</th><th>${t('files.when')}</th><th>${t('files.expires')}</th><th><span class="visually-hidden">${t('manage')}</span></th></tr></thead>
    <tbody>${files.map((file) => html`
      <tr key=${file.id}>
        <td class="title wide"><span class="thumbed"><${Thumbnail} file=${file} /><span><a class="break" href=${file.path} target="_blank" rel="noopener">${file.name}</a><span class="sub">${file.media_type}</span></span></span></td>
        <td class="number" data-label=${t('files.size')}>${size(file.size)}</td>
        <td class="whose" data-label=${t('files.owner')}><span class="break">${shareName(file)}<span class="sub">${known(`files.source.${file.source}`, file.source)}</span></span></td>
        <td class="muted" data-label=${t('files.when')}><${Ago} at=${file.created_at} /></td>
        <td class="muted" data-label=${t('files.expires')}><${Moment} at=${file.expires_at} /></td>
        <td class="act"><span class="actions"><${CopyButton} text=${file.address} words=${t('files.copy')} name=${file.name} /><button type="button" class="plain danger" aria-label=${`${t('files.remove')}: ${file.name}`} onClick=${() => drop(file)}>${t('files.remove')}</button></span></td>
      </tr>`)}</tbody>
  </table></div>
`;

/** Pictures as such; what can't be shown, or is no longer there, as a sign. */
function Thumbnail({ file }) {
  const [isBroken, setBroken] = useState(false);
  const isPicture = file.is_shown && file.media_type.startsWith('image/') && file.size <= SMALL_BYTES && !isBroken;
  return html`<span class="thumbnail" aria-hidden="true">${isPicture ? html`<img src=${file.path} alt="" width="44" height="44" loading="lazy" decoding="async" onError=${() => setBroken(true)} />` : html`<${Icon} name="file" />`}</span>`;
}

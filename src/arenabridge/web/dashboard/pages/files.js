/** What the gateway keeps: pictures of answers, uploads, attachments; how much room they take, and until when. */

import { remove } from '../api.js';
import { Preview } from '../files/preview.js';
import { Room } from '../files/room.js';
import { FilesTable, isPicture } from '../files/table.js';
import { shareName } from '../files/words.js';
import { Question } from '../parts/dialog.js';
import { Card, PageHead, Segments } from '../parts/layout.js';
import { usePages } from '../parts/pages.js';
import { SearchBox } from '../parts/search.js';
import { Empty, ErrorNotice, Loading } from '../parts/states.js';
import { attempt } from '../parts/toast.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

/** So many the API removes at once, each by its id. */
const MOST_AT_ONCE = 100;

export function Files() {
  const [wishes, setWishes] = useState({ kind: '', key: '', search: '', sort: '' });
  const [chosen, setChosen] = useState(new Set());
  const [asked, ask] = useState(null);
  const [looked, look] = useState(null);
  const list = usePages({ path: '/api/files', rows: 'files', wishes });
  const wish = (changes) => {
    setWishes({ ...wishes, ...changes });
    setChosen(new Set());
  };
  const choose = (ids, isChosen) => {
    const others = [...chosen].filter((id) => !ids.includes(id));
    setChosen(new Set(isChosen ? [...others, ...ids] : others));
  };
  const drop = async () => {
    if (await attempt(asked.act, asked.done)) {
      setChosen(new Set());
      await list.reload();
    }
    ask(null);
  };
  const pictures = list.rows?.filter(isPicture) ?? [];
  return html`
    <${PageHead} title=${t('nav.files')} about=${t('files.about')} />
    ${list.error && html`<${ErrorNotice} error=${list.error} retry=${list.reload} />`}
    ${list.answer ? html`<${Room} kept=${list.answer} />` : !list.error && html`<${Loading} />`}
    ${list.rows && html`
      <${Card} title=${t('files.list')}>
        <div class="stack">
          <${Filters} wishes=${wishes} wish=${wish} shares=${list.answer.shares} />
          <${Several} chosen=${chosen} wishes=${wishes} shares=${list.answer.shares} ask=${ask} none=${() => setChosen(new Set())} />
          ${list.rows.length ? html`<${FilesTable} files=${list.rows} chosen=${chosen} choose=${choose} look=${look} drop=${(file) => ask(one(file))} />`
            : html`<${Nothing} isFiltered=${Boolean(wishes.kind || wishes.key || wishes.search)} />`}
          ${list.next && html`<button type="button" onClick=${list.more}>${t('files.more')}</button>`}
        </div>
      <//>`}
    ${asked && html`<${Question} title=${asked.title} words=${t('files.remove.words')} action=${t('files.remove')} act=${drop} close=${() => ask(null)} />`}
    ${looked && html`<${Preview} file=${looked} pictures=${pictures} look=${look} close=${() => look(null)} />`}
  `;
}

/** What is asked before something is removed, and how that is done then. */
const one = (file) => ({
  title: t('files.remove.question', { name: file.name }),
  act: () => remove(`/api/files/${encodeURIComponent(file.id)}`),
  done: t('files.removed', { name: file.name }),
});

const several = (ids) => ({
  title: t('files.remove_chosen.question', { count: ids.length }),
  act: async () => {
    for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
      await remove(`/api/files?${new URLSearchParams(ids.slice(from, from + MOST_AT_ONCE).map((id) => ['id', id]))}`);
    }
  },
  done: t('files.removed_chosen', { count: ids.length }),
});

const allOf = ({ key, kind, search }, name) => ({
  title: t(kind || search ? 'files.remove_matching.question' : 'files.remove_all.question', { name }),
  act: () => remove(`/api/files?${new URLSearchParams(Object.entries({ key, kind, search }).filter(([, value]) => value))}`),
  done: t('files.removed_all', { name }),
});

const Nothing = ({ isFiltered }) =>
  isFiltered ? html`<${Empty} title=${t('files.no_match')} />` : html`<${Empty} title=${t('files.none')}>${t('files.none.words')}<//>`;

const Filters = ({ wishes, wish, shares }) => html`
  <div class="filters">
    <${SearchBox} name=${t('files.search')} value=${wishes.search} search=${(search) => wish({ search })} />
    <${Segments} name=${t('type')} value=${wishes.kind} choose=${(kind) => wish({ kind })}
      options=${['', 'pictures', 'others'].map((each) => [each, t(`files.kind.${each || 'all'}`)])} />
    ${(shares.length > 1 || wishes.key) && html`
      <select aria-label=${t('files.by')} class=${wishes.key ? 'chosen' : ''} value=${wishes.key} onChange=${(event) => wish({ key: event.target.value })}>
        <option value="">${t('requests.by.key.any')}</option>
        ${shares.map((share) => html`<option key=${share.key_id} value=${share.key_id}>${shareName(share)}</option>`)}
      </select>`}
    <select aria-label=${t('files.sort')} value=${wishes.sort} onChange=${(event) => wish({ sort: event.target.value })}>
      <option value="">${t('files.sort.newest')}</option><option value="largest">${t('files.sort.largest')}</option>
    </select>
  </div>
`;

/** What can be done with several: those that are chosen, or all of the key that is looked at. */
function Several({ chosen, wishes, shares, ask, none }) {
  const share = shares.find((each) => each.key_id === wishes.key);
  if (chosen.size) {
    return html`
      <div class="actions several">
        <span class="number" role="status">${t('files.chosen', { count: chosen.size })}</span>
        <button type="button" class="danger" onClick=${() => ask(several([...chosen]))}>${t('files.remove_chosen')}</button>
        <button type="button" class="plain" onClick=${none}>${t('files.choose.none')}</button>
      </div>`;
  }
  const name = share && shareName(share);
  return share && html`
    <div class="actions several">
      <button type="button" class="danger" onClick=${() => ask(allOf(wishes, name))}>
        ${t(wishes.kind || wishes.search ? 'files.remove_matching' : 'files.remove_all')}
      </button>
    </div>`;
}

/** What the site offers: every model with what it can, where it stands, and whether lists show it. */

import { patch, useLoaded } from '../api.js';
import { duration, number, percent, UNKNOWN } from '../formats.js';
import { Captured } from '../parts/captured.js';
import { Copy } from '../parts/copy.js';
import { Dialog } from '../parts/dialog.js';
import { Badge, Card, PageHead, Segments } from '../parts/layout.js';
import { ModelsUpdate } from '../parts/models_update.js';
import { Empty, Loaded } from '../parts/states.js';
import { Ago, Moment } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { address } from '../router.js';
import { isAdministrator } from '../session.js';
import { known, t } from '../texts.js';
import { html, useMemo, useRef, useState } from '../ui.js';

const TYPES = ['', 'chat', 'search', 'image', 'webdev', 'video'];
const SHOWN_AT_FIRST = 100;

export function Models() {
  const loaded = useLoaded('/api/models');
  const used = useLoaded('/api/analytics?range=24h&part=models');
  const lately = useMemo(() => new Map(used.value?.models.map((each) => [each.id, each])), [used.value]);
  return html`
    <${PageHead} title=${t('nav.models')} about=${loaded.value && counted(loaded.value.models)}>
      ${isAdministrator.value && html`<${ModelsUpdate} updated=${loaded.reload} />`}
    <//>
    <${Loaded} from=${loaded}>${(value) => html`<${Aliases} aliases=${value.aliases} /><${Catalogue} models=${value.models} lately=${lately} take=${loaded.set} />${isAdministrator.value && html`<${Captured} models=${value.models} />`}`}<//>
  `;
}

const isOffered = (model) => model.available && model.listed && !model.hidden_by;

const counted = (models) => t('models.about', { count: models.filter(isOffered).length, known: models.filter((each) => each.available).length });

function Aliases({ aliases }) {
  const names = Object.keys(aliases);
  if (!names.length) return null;
  return html`
    <${Card} title=${t('models.aliases')} aside=${isAdministrator.value && html`<a href=${address('settings')}>${t('nav.settings')}</a>`}>
      <div class="scroll"><table><thead class="visually-hidden"><tr><th>${t('models.alias')}</th><th>${t('models.stands_for')}</th></tr></thead>
        <tbody>${names.map((name) => html`<tr key=${name}><td><strong class="break">${name}</strong></td><td class="wide muted">${aliases[name].join(` ${t('models.then')} `)}</td></tr>`)}</tbody></table></div>
    <//>
  `;
}

function Catalogue({ models, lately, take }) {
  const [search, setSearch] = useState('');
  const [type, setType] = useState('');
  const [opened, open] = useState(null);
  const [all, showAll] = useState(false);
  const found = useMemo(() => matching(models, search, type), [models, search, type]);
  if (!models.length) return html`<${Card}><${Empty} title=${t('models.none')} action=${isAdministrator.value && html`<a class="button primary" href=${address('connect')}>${t('connect.title')}</a>`}>${t('models.none.words')}<//><//>`;
  const types = TYPES.filter((each) => !each || models.some((model) => model.type === each));
  const shown = all ? found : found.slice(0, SHOWN_AT_FIRST);
  const model = models.find((each) => each.id === opened);
  return html`
    <${Card} title=${t('models.catalogue')} aside=${html`<span class="muted number small" role="status">${t('models.found', { count: found.length })}</span>`}>
      <div class="stack">
        <div class="filters">
          <input type="search" aria-label=${t('models.search')} placeholder=${t('models.search')} value=${search} onInput=${(event) => setSearch(event.target.value)} />
          <${Segments} name=${t('type')} value=${type} choose=${setType} options=${types.map((each) => [each, t(`type.${each || 'all'}`)])} />
        </div>
        ${found.length ? html`<${Table} models=${shown} lately=${lately} open=${open} take=${take} />` : html`<${Empty} title=${t('models.no_match')} />`}
        ${shown.length < found.length && html`<button type="button" onClick=${() => showAll(true)}>${t('models.show_all', { count: found.length })}</button>`}
      </div>
    <//>
    ${model && html`<${Details} model=${model} close=${() => open(null)} />`}
  `;
}

function matching(models, search, type) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (model) => [model.name, model.organization, model.provider, ...model.aliases].join(' ').toLowerCase();
  return models.filter((model) => (!type || model.type === type) && words.every((word) => text(model).includes(word)));
}

const Table = ({ models, lately, open, take }) => html`
  <div class="scroll"><table class="things">
    <thead><tr><th>${t('model')}</th><th>${t('type')}</th><th>${t('models.takes')}</th><th class="number">${t('models.rank')}</th><th class="number">${t('requests.first_token')} <span class="sub">${t('models.last_day')}</span></th><th class="number">${t('overview.success')} <span class="sub">${t('models.last_day')}</span></th><th>${t('models.last_seen')}</th>${isAdministrator.value && html`<th>${t('models.in_list')}</th>`}</tr></thead>
    <tbody>${models.map((model) => html`<${Row} key=${model.id} model=${model} lately=${lately.get(model.name)} open=${open} take=${take} />`)}</tbody>
  </table></div>
`;

const Row = ({ model, lately, open, take }) => html`
  <tr>
    <td class="title wide"><button type="button" class="link break" onClick=${() => open(model.id)}>${model.name}</button>
      <span class="tags">${model.aliases.map((alias) => html`<${Badge} key=${alias} dot=${false} tone="accent">${alias}<//>`)}${!model.available && html`<${Badge} tone="warn">${t('models.gone')}<//>`}${!model.listed && html`<${Badge} dot=${false}>${t('models.unlisted')}<//>`}</span>
      <span class="sub">${model.organization ?? UNKNOWN}</span></td>
    <td data-label=${t('type')}>${t(`type.${model.type}`)}</td>
    <td class="muted" data-label=${t('models.takes')}>${kinds(model.inputs)}</td>
    <td class="number" data-label=${t('models.rank')}>${number(model.rank)}</td>
    <td class="number ${lately ? '' : 'none'}" data-label=${t('requests.first_token')}>${duration(lately?.times.first_token.p50 ?? lately?.first_token_mean)}</td>
    <td class="number ${lately ? '' : 'none'}" data-label=${t('overview.success')}><span title=${lately && `${number(lately.requests)} ${t('requests')}`}>${percent(lately?.success)}</span></td>
    <td class="muted" data-label=${t('models.last_seen')}><${Ago} at=${model.last_seen} /></td>
    ${isAdministrator.value && html`<td data-label=${t('models.in_list')}><${Shown} model=${model} take=${take} /></td>`}
  </tr>
`;

/** Changes are made one after the other, so that the last press decides, whatever the network does. */
let turn = Promise.resolve();

/** Hiding writes the model's own name into the setting; a pattern that hides more than this one is left to the settings. */
function Shown({ model, take }) {
  const [wanted, want] = useState(null);
  const presses = useRef(0);
  const reason = whyLeftOut(model);
  const change = async (event) => {
    const shown = event.target.checked;
    const press = ++presses.current;
    want(shown);
    const done = t(shown ? 'models.is_shown' : 'models.is_hidden', { name: model.name });
    turn = turn.then(() => attempt(async () => take(await patch('/api/models', { name: model.name, hidden: !shown })), done));
    await turn;
    if (press === presses.current) want(null);
  };
  const name = t('models.show', { name: model.name });
  return html`
    <input class="switch" type="checkbox" role="switch" aria-label=${name} aria-description=${reason} title=${reason}
      checked=${wanted ?? isOffered(model)} disabled=${Boolean(reason)} onChange=${change} />`;
}

/** Why it is in no list, where that is not for this switch to change. */
function whyLeftOut(model) {
  if (!model.available) return t('models.gone.words');
  if (!model.listed) return t('models.unlisted.words');
  return model.hidden_by && !model.is_hidden_alone ? t('models.hidden_by', { pattern: model.hidden_by }) : undefined;
}

const Details = ({ model, close }) => html`
  <${Dialog} isLight=${true} title=${model.name} close=${close}>
    <dl class="facts">
      <dt>${t('models.ask_as')}</dt><dd><${Copy} text=${model.name} name=${t('model')} /></dd>
      ${model.aliases.length > 0 && html`<dt>${t('models.aliases')}</dt><dd>${model.aliases.join(', ')}</dd>`}
      <dt>${t('models.organization')}</dt><dd>${model.organization ?? UNKNOWN}</dd>
      <dt>${t('models.provider')}</dt><dd>${model.provider ?? UNKNOWN}</dd>
      <dt>${t('type')}</dt><dd>${t(`type.${model.type}`)}</dd>
      <dt>${t('models.takes')}</dt><dd>${kinds(model.inputs)}</dd>
      <dt>${t('models.gives')}</dt><dd>${kinds(model.outputs)}</dd>
      ${model.aspect_ratios.length > 0 && html`<dt>${t('models.ratios')}</dt><dd>${model.aspect_ratios.join(', ')}</dd>`}
      <dt>${t('models.rank')}</dt><dd>${number(model.rank)}${Object.entries(model.ranks).map(([kind, rank]) => html`<span key=${kind} class="muted"> · ${known(`type.${kind}`, kind)} ${rank}</span>`)}</dd>
      <dt>${t('models.first_seen')}</dt><dd><${Moment} at=${model.first_seen} /></dd>
      <dt>${t('models.last_seen')}</dt><dd><${Moment} at=${model.last_seen} /></dd>
      <dt>ID</dt><dd class="mono">${model.id}</dd>
    </dl>
    ${(model.hidden_by || whyLeftOut(model)) && html`
      <p class="muted">${model.hidden_by ? t('models.hidden_by', { pattern: model.hidden_by }) : whyLeftOut(model)}</p>`}
    <footer><a class="button primary" href=${address('playground')} onClick=${() => sessionStorage.setItem('arena-bridge-model', model.name)}>${t('models.try')}</a></footer>
  <//>
`;

const kinds = (names) => (names.length ? names.map((name) => known(`kind.${name}`, name)).join(', ') : UNKNOWN);

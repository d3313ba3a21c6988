/** API keys: made once, shown once, with limits and a way to be served for each. */

import { post, useLoaded } from '../api.js';
import { Copy } from '../parts/copy.js';
import { Dialog } from '../parts/dialog.js';
import { Card, PageHead, Segments } from '../parts/layout.js';
import { fits, SearchBox } from '../parts/search.js';
import { Empty, Loaded } from '../parts/states.js';
import { isAdministrator, session } from '../session.js';
import { t } from '../texts.js';
import { mayMakeKeys, TokenForm } from '../tokens/form.js';
import { ManageToken } from '../tokens/manage.js';
import { TokensTable } from '../tokens/table.js';
import { html, useState } from '../ui.js';

export function Tokens() {
  const loaded = useLoaded('/api/tokens');
  const [opened, open] = useState(null);
  const [made, setMade] = useState(null);
  const tokens = loaded.value?.tokens ?? [];
  const token = tokens.find((each) => each.id === opened);
  const close = () => open(null);
  const saved = async (answer) => {
    close();
    if (answer.key) setMade(answer);
    await loaded.reload();
  };
  const anew = async () => {
    close();
    await loaded.reload();
    open(token.id);
  };
  const make = async (form) => saved(await post('/api/tokens', form));
  return html`
    <${PageHead} title=${t('nav.tokens')} about=${t(mayMakeKeys() ? 'tokens.about' : 'tokens.about.given')}>
      ${mayMakeKeys() && html`<button type="button" class="primary" onClick=${() => open('new')}>${t('tokens.new')}</button>`}
    <//>
    <${Loaded} from=${loaded}>${() => html`<${Keys} tokens=${tokens} open=${open} />`}<//>
    ${opened === 'new' && html`<${Dialog} large=${true} title=${t('tokens.new')} close=${close}><${TokenForm} save=${make} /><//>`}
    ${token && html`<${ManageToken} key=${token.id} token=${token} saved=${saved} anew=${anew} close=${close} />`}
    ${made && html`<${Made} made=${made} close=${() => setMade(null)} />`}
  `;
}

function Keys({ tokens, open }) {
  const [shown, show] = useState('current');
  const [search, setSearch] = useState('');
  const [owner, setOwner] = useState('');
  const found = tokens
    .filter((each) => (shown === 'all' || each.state !== 'revoked') && (!owner || ownerOf(each) === owner))
    .filter((each) => fits(search, [each.name, each.prefix, each.notes, each.owner?.name]));
  const states = tokens.some((each) => each.state === 'revoked') && html`
    <${Segments} name=${t('state')} value=${shown} choose=${show} options=${[['current', t('tokens.current')], ['all', t('tokens.all')]]} />`;
  return html`
    <${Card} title=${t('tokens.keys')} aside=${states}>
      <div class="stack">
        ${tokens.length > 0 && html`
          <div class="filters">
            <${SearchBox} name=${t('tokens.search')} value=${search} search=${setSearch} />
            ${isAdministrator.value && html`<${OwnerChoice} tokens=${tokens} value=${owner} choose=${setOwner} />`}
          </div>`}
        ${found.length ? html`<${TokensTable} tokens=${found} open=${open} />` : html`<${Nothing} isFiltered=${Boolean(search || owner)} />`}
      </div>
    <//>
  `;
}

const Nothing = ({ isFiltered }) =>
  isFiltered ? html`<${Empty} title=${t('tokens.no_match')} />`
    : html`<${Empty} title=${t('tokens.none')}>${t(mayMakeKeys() ? 'tokens.none.words' : 'tokens.none.given')}<//>`;

const ownerOf = (token) => token.owner?.id ?? 'gateway';

function OwnerChoice({ tokens, value, choose }) {
  const owners = [...new Map(tokens.map((each) => [ownerOf(each), each.owner?.name ?? t('tokens.gateway')]))].sort((a, b) => a[1].localeCompare(b[1]));
  return owners.length > 1 && html`
    <select aria-label=${t('tokens.owner')} class=${value ? 'chosen' : ''} value=${value} onChange=${(event) => choose(event.target.value)}>
      <option value="">${t('tokens.owner.any')}</option>
      ${owners.map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}
    </select>`;
}

/** It stays until somebody says that they have it: nothing brings it back. */
const Made = ({ made, close }) => html`
  <${Dialog} title=${t('tokens.made', { name: made.name })} close=${close} isFirm=${true}>
    <p>${t('tokens.made.words')}</p>
    <${Copy} text=${made.key} name=${t('key')} />
    <p class="muted small">${t('tokens.made.use', { url: `${location.origin}/v1`, person: session.value.user.name })}</p>
    <footer><button type="button" class="primary" onClick=${close}>${t('done')}</button></footer>
  <//>
`;

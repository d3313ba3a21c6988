/** Direct sessions: people's own sessions at the site, which work without a tab. */

import { useLoaded } from '../api.js';
import { AddSession } from '../direct/add.js';
import { SessionsTable } from '../direct/list.js';
import { ManageSession } from '../direct/manage.js';
import { Card, Notice, PageHead } from '../parts/layout.js';
import { Empty, Loaded } from '../parts/states.js';
import { address } from '../router.js';
import { t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';

const LOOK_AGAIN_MS = 1500;

export function Direct() {
  const [opened, open] = useState(null);
  const loaded = useLoaded('/api/site-sessions');
  useEffect(() => {
    const again = setInterval(() => document.hidden || loaded.reload(), LOOK_AGAIN_MS);
    return () => clearInterval(again);
  }, []);
  const sessions = loaded.value?.sessions ?? [];
  const session = sessions.find((each) => each.id === opened);
  const close = () => open(null);
  const add = (look) => html`<button type="button" class=${look} onClick=${() => open('new')}>${t('direct.add')}</button>`;
  const useTab = html`<a class="button" href=${address('workers')}>${t('direct.use_tab')}</a>`;
  return html`
    <${PageHead} title=${t('nav.direct')} about=${t('direct.about')}>${add('primary')}<//>
    <${Notice} tone="quiet" title=${t('direct.whole_account')}>${t('direct.whole_account.words')}<//>
    ${sessions.filter((each) => each.state === 'needs_person').map((each) => html`
      <${Notice} key=${each.id} title=${t('attention.needs_you', { name: each.name })} action=${each.needs === 'challenge' || each.needs === 'check' ? useTab : undefined}>${t(`direct.needs.${each.needs}`)}<//>
    `)}
    <${Card} title=${t('direct.list')}>
      <${Loaded} from=${loaded}>${() => (sessions.length ? html`<${SessionsTable} sessions=${sessions} manage=${open} />` : html`<${Empty} title=${t('direct.none')} action=${add('')}>${t('direct.none.words')}<//>`)}<//>
    <//>
    ${opened === 'new' && html`<${AddSession} reload=${loaded.reload} close=${close} />`}
    ${session && html`<${ManageSession} key=${session.id} kept=${session} reload=${loaded.reload} close=${close} />`}
  `;
}

/** The tabs that do the work, what they need, and what a person wants of them. */

import { post, useLoaded } from '../api.js';
import { AddWorker } from '../credentials/add.js';
import { Credentials } from '../credentials/list.js';
import { ManageCredential } from '../credentials/manage.js';
import { live, workers } from '../feed/live.js';
import { clockTime, number } from '../formats.js';
import { Dialog } from '../parts/dialog.js';
import { Badge, Card, Notice, PageHead } from '../parts/layout.js';
import { Liveness } from '../parts/liveness.js';
import { Replicas } from '../parts/replicas.js';
import { Empty, Loading } from '../parts/states.js';
import { Ago } from '../parts/time.js';
import { attempt } from '../parts/toast.js';
import { WorkButton } from '../parts/work.js';
import { WorkersTable } from '../parts/workers_table.js';
import { address } from '../router.js';
import { isAdministrator } from '../session.js';
import { known, t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';
import { manner, served, visibility, wanted, workerName, workerState } from '../worker_words.js';

const LOOK_AGAIN_MS = 3000;

export function Workers() {
  const [managed, manage] = useState(null);
  const [opened, open] = useState(null);
  const loaded = useLoaded('/api/workers/credentials');
  useEffect(() => {
    const again = setInterval(() => document.hidden || loaded.reload(), LOOK_AGAIN_MS);
    return () => clearInterval(again);
  }, []);
  const worker = workers.value.find((each) => each.id === managed);
  const credentials = loaded.value?.credentials ?? [];
  const credential = credentials.find((each) => each.id === opened && each.state !== 'revoked');
  const close = () => open(null);
  const add = (look) => html`<button type="button" class=${look} onClick=${() => open('new')}>${t('credentials.add')}</button>`;
  const connect = html`<a class="button" href=${address('connect')}>${t('connect.title')}</a>`;
  return html`
    <${PageHead} title=${t('nav.workers')} about=${html`<${Liveness} /><span>${t('workers.about')}</span>`}>${isAdministrator.value && connect}${add('primary')}<//>
    ${workers.value.filter((each) => each.needs).map((each) => html`
      <${Notice} key=${each.id} title=${t('attention.needs_you', { name: workerName(each, t('worker.unnamed')) })} action=${html`<a class="button" href=${each.site} target="_blank" rel="noopener">${t('workers.open_site')}</a>`}>
        ${t(wanted(each))}${each.needs.words && ` ${t('needs.words', { words: each.needs.words })}`}
      <//>
    `)}
    ${isAdministrator.value && html`
      <${Card} title=${t('workers.tabs')}>
        ${live.value === null ? html`<${Loading} />`
          : workers.value.length ? html`<${WorkersTable} workers=${workers.value} manage=${manage} />`
          : html`<${Empty} title=${t('workers.none')} action=${connect}>${t('workers.none.words')}<//>`}
      <//>`}
    <${Replicas} />
    <${Credentials} from=${loaded} manage=${open} add=${add('')} />
    ${worker && html`<${Manage} worker=${worker} close=${() => manage(null)} />`}
    ${opened === 'new' && html`<${AddWorker} credentials=${credentials} reload=${loaded.reload} close=${close} />`}
    ${credential && html`<${ManageCredential} key=${credential.id} credential=${credential} reload=${loaded.reload} close=${close} />`}
  `;
}

function Manage({ worker, close }) {
  const [name, setName] = useState(worker.name ?? '');
  const act = (action, done, body) => attempt(() => post(`/api/workers/${encodeURIComponent(worker.id)}/${action}`, body), done);
  const rename = async (event) => {
    event.preventDefault();
    await act('rename', t('workers.renamed'), { name });
  };
  const away = async (action, done) => (await act(action, done)) && close();
  return html`
    <${Dialog} title=${workerName(worker, t('worker.unnamed'))} close=${close}>
      <${Facts} worker=${worker} />
      <form class="field" onSubmit=${rename}>
        <label for="worker-name">${t('workers.name')}</label>
        <div class="filters"><input id="worker-name" type="text" maxlength="60" placeholder=${t('workers.name.example')} value=${name} onInput=${(event) => setName(event.target.value)} /><button type="submit">${t('save')}</button></div>
        <span class="hint">${t('workers.name.hint')}</span>
      </form>
      <footer class="spread">
        ${worker.paused ? html`<${WorkButton} key="resume" class="primary" act=${() => act('resume', t('workers.resumed'))}>${t('workers.resume')}<//>`
          : html`<${WorkButton} key="pause" act=${() => act('pause', t('workers.paused'))}>${t('workers.pause')}<//>`}
        <span class="actions">
          <${WorkButton} disabled=${worker.leaving} act=${() => away('drain', t('workers.drained'))}>${t('workers.drain')}<//>
          <${WorkButton} class="danger" act=${() => away('remove', t('workers.removed'))}>${t('workers.remove')}<//>
        </span>
      </footer>
      <p class="muted small">${t('workers.manage.hint')}</p>
    <//>
  `;
}

function Facts({ worker }) {
  const { state, tone, advice } = workerState(worker);
  return html`
    <dl class="facts">
      <dt>${t('state')}</dt><dd><${Badge} tone=${tone}>${t(`worker.${state}`)}<//> ${advice && t(advice)}</dd>
      ${worker.needs?.words && html`<dt>${t('workers.page_says')}</dt><dd>${worker.needs.words}</dd>`}
      <dt>${t('site')}</dt><dd>${worker.site}</dd>
      <dt>${t('tab')}</dt><dd>${t(`tab.${visibility(worker)}`)}</dd>
      <dt>${t('how')}</dt><dd>${t(`how.${manner(worker)}.words`)}</dd>
      <dt>${t('workers.link')}</dt><dd>${t(`link.${worker.link.by}`)}${worker.link.since && ` ${known(`link.since.${worker.link.since}`, worker.link.since)}`}</dd>
      ${worker.resting?.length > 0 && html`<dt>${t('workers.resting')}</dt><dd>${worker.resting.map(({ model, until }) => html`<div>${model}: ${t('workers.resting.until', { time: clockTime(until) })}</div>`)}</dd>`}
      <dt>${t('slots')}</dt><dd class="number">${t('slots.busy', { busy: worker.running, all: worker.slots })}</dd>
      <dt>${t('served')}</dt><dd class="number">${number(served(worker))}</dd>
      ${worker.credential && html`<dt>${t('credentials.one')}</dt><dd>${worker.credential.name}, ${worker.credential.owner ?? t('tokens.gateway')}</dd>`}
      ${worker.relay && html`<dt>${t('credentials.kind.relay')}</dt><dd>${worker.relay}</dd>`}
      <dt>${t('workers.since')}</dt><dd><${Ago} at=${worker.since} /></dd>
      <dt>${t('workers.script')}</dt><dd>${worker.script}</dd>
      <dt>${t('last_error')}</dt><dd>${worker.failure ? html`${known(`outcome.${worker.failure.code}`, worker.failure.code)}, <${Ago} at=${worker.failure.at} />: ${worker.failure.words}` : worker.refused_because ?? t('none')}</dd>
    </dl>
  `;
}

/** Connect a browser: four steps, which tick themselves as the gateway sees them done. */

import { useLoaded } from '../api.js';
import { live, workers } from '../feed/live.js';
import { Icon } from '../parts/icons.js';
import { Badge, Card, Notice, PageHead } from '../parts/layout.js';
import { Liveness } from '../parts/liveness.js';
import { Loaded } from '../parts/states.js';
import { address } from '../router.js';
import { t } from '../texts.js';
import { html } from '../ui.js';
import { served } from '../worker_words.js';

const MANAGERS = [
  ['Violentmonkey', 'https://violentmonkey.github.io/'],
  ['Tampermonkey', 'https://www.tampermonkey.net/'],
];

export function Connect() {
  const loaded = useLoaded('/api/workers/install');
  return html`
    <${PageHead} title=${t('connect.title')} about=${html`<${Liveness} /><span>${t('connect.about')}</span>`}><a class="button" href=${address('workers')}>${t('nav.workers')}</a><//>
    <${Loaded} from=${loaded}>${(install) => html`<${Steps} install=${install} />`}<//>
  `;
}

function Steps({ install }) {
  const here = workers.value.length > 0;
  const done = [here, here, (live.value?.now.models ?? 0) > 0 && here, workers.value.some((worker) => served(worker) > 0)];
  const current = done.indexOf(false);
  const needy = workers.value.find((worker) => worker.needs);
  const bodies = [
    html`<p>${t('connect.install.words')}</p><p>${MANAGERS.map(([name, url], index) => html`${index ? ` ${t('or')} ` : ''}<a href=${url} target="_blank" rel="noopener noreferrer">${name}</a>`)}</p>
      <a class="button primary" href=${install.address} target="_blank" rel="noopener">${t('connect.install.action')}</a><p class="muted small">${t('connect.install.secret')}</p>`,
    html`<p>${t('connect.open.words')}</p><p class="actions">${install.sites.map((site) => html`<a key=${site} class="button" href=${site} target="_blank" rel="noopener noreferrer">${new URL(site).host}</a>`)}</p><p class="muted small">${t('connect.open.permission')}</p>`,
    html`<p>${t('connect.models.words')}</p>`,
    html`<p>${t('connect.answer.words')}</p><a class="button" href=${address('playground')}>${t('connect.answer.action')}</a>`,
  ];
  const names = ['install', 'open', 'models', 'answer'];
  return html`
    ${needy && html`<${Notice} title=${t('attention.tab_needs_you')}>${t(`needs.${needy.needs.what}`)}<//>`}
    ${current < 0 && html`<div class="notice quiet" role="status"><div><strong>${t('connect.done')}</strong> ${t('connect.done.words')}</div></div>`}
    <${Card} class="narrow">
      <ol class="steps">${names.map((name, index) => html`<${Step} key=${name} number=${index + 1} title=${t(`connect.${name}`)} isDone=${done[index]} isNow=${index === current}>${bodies[index]}<//>`)}</ol>
    <//>
  `;
}

const Step = ({ number, title, isDone, isNow, children }) => html`
  <li class=${isDone ? 'done' : isNow ? 'now' : ''} aria-current=${isNow ? 'step' : undefined}>
    <span class="tick" aria-hidden="true">${isDone ? html`<${Icon} name="check" />` : number}</span>
    <div><h2>${title} ${isDone ? html`<${Badge} tone="good">${t('done')}<//>` : isNow ? html`<${Badge} tone="accent" live=${true}>${t('connect.waiting')}<//>` : null}</h2><div class="stack">${children}</div></div>
  </li>
`;

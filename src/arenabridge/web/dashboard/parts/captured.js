/** The captured site sessions, and having one captured: the person presses Retry in a tab of the site meanwhile. */

import { get, post, remove, useLoaded } from '../api.js';
import { workers } from '../feed/live.js';
import { Dialog, Question } from './dialog.js';
import { Form } from './form.js';
import { Badge, Card, Notice } from './layout.js';
import { Empty, Loaded } from './states.js';
import { Ago } from './time.js';
import { attempt, say } from './toast.js';
import { WorkButton } from './work.js';
import { t } from '../texts.js';
import { html, useEffect, useState } from '../ui.js';
import { workerName } from '../worker_words.js';

const LOOK_MS = 1000;

/** @param {{models: {name: string}[]}} props */
export function Captured({ models }) {
  const loaded = useLoaded('/api/captured');
  const [asking, ask] = useState(false);
  const [removing, removeOne] = useState(null);
  const capture = loaded.value?.capture;
  const waits = capture?.outcome === 'waiting';
  useEffect(() => {
    if (!waits) return undefined;
    const look = setInterval(() => follow(loaded), LOOK_MS);
    return () => clearInterval(look);
  }, [waits]);
  const stop = () => attempt(async () => {
    await remove('/api/capture');
    await loaded.reload();
  });
  const throwAway = async () => {
    await attempt(() => remove(`/api/captured/${encodeURIComponent(removing.id)}`), t('captured.removed'));
    removeOne(null);
    await loaded.reload();
  };
  const button = html`<button type="button" disabled=${waits} onClick=${() => ask(true)}>${t('captured.capture')}</button>`;
  return html`
    <${Card} title=${t('captured.title')} aside=${button}>
      ${waits && html`
        <${Notice} title=${t('captured.press_retry')} action=${html`<${WorkButton} act=${stop}>${t('captured.stop')}<//>`}>
          ${t('captured.press_retry.words', { minutes: Math.ceil(capture.seconds_left / 60) })}
        <//>`}
      <${Loaded} from=${loaded}>${({ sessions }) => (sessions.length ? html`<${Table} sessions=${sessions} removeOne=${removeOne} />` : html`<${Empty} title=${t('captured.none')}>${t('captured.none.words')}<//>`)}<//>
    <//>
    ${asking && html`<${Ask} models=${models} close=${() => ask(false)} begun=${loaded.reload} />`}
    ${removing && html`<${Question} title=${t('captured.remove')} words=${t('captured.remove.words')} action=${t('captured.remove')} act=${throwAway} close=${() => removeOne(null)} />`}
  `;
}

/** Says how it ended, once it has. */
async function follow(loaded) {
  const capture = await get('/api/capture').catch(() => null);
  if (!capture || capture.outcome === 'waiting') return;
  say([t(`captured.${capture.outcome}`), capture.words].filter(Boolean).join(' '));
  await loaded.reload();
}

function Ask({ models, close, begun }) {
  const [mode, setMode] = useState('');
  const begin = async (data) => {
    const { model, worker, target, label } = Object.fromEntries(data);
    await post('/api/capture', { model: model || null, mode: mode || null, target: target ?? 'a', worker: worker || null, label });
    await begun();
    close();
  };
  return html`
    <${Dialog} title=${t('captured.capture')} close=${close}>
      <p>${t('captured.capture.words')}</p>
      <${Form} send=${begin} action=${t('captured.begin')}>
        <div class="pair">
          <label class="field"><span>${t('captured.for')}</span><input name="model" type="text" maxlength="200" list="captured-models" placeholder=${t('captured.all_models')} /></label>
          <label class="field"><span>${t('captured.tab')}</span><select name="worker"><option value="">${t('captured.any_tab')}</option>${workers.value.map((each) => html`<option key=${each.id} value=${each.id}>${workerName(each, t('worker.unnamed'))} · ${each.id}</option>`)}</select></label>
          <label class="field"><span>${t('captured.mode')}</span><select value=${mode} onChange=${(event) => setMode(event.target.value)}><option value="">${t('captured.mode.page')}</option><option value="direct">${t('captured.mode.direct')}</option><option value="battle">${t('captured.mode.battle')}</option></select></label>
          ${mode !== 'direct' && html`<label class="field"><span>${t('captured.target')}</span><select name="target"><option value="a">A</option><option value="b">B</option></select></label>`}
        </div>
        <label class="field"><span>${t('captured.label')}</span><input name="label" type="text" maxlength="200" /></label>
        <datalist id="captured-models">${models.map((each) => html`<option key=${each.name} value=${each.name}></option>`)}</datalist>
      <//>
    <//>
  `;
}

const Table = ({ sessions, removeOne }) => html`
  <div class="scroll"><table class="things">
    <thead><tr><th>${t('captured.for')}</th><th>${t('captured.mode')}</th><th>${t('captured.session')}</th><th>${t('state')}</th><th>${t('captured.used')}</th><th><span class="visually-hidden">${t('captured.remove')}</span></th></tr></thead>
    <tbody>${sessions.map((each) => html`
      <tr key=${each.id}>
        <td class="title"><strong class="break">${each.model ?? t('captured.all_models')}</strong>${each.label && html`<span class="sub">${each.label}</span>`}</td>
        <td data-label=${t('captured.mode')}>${each.mode === 'battle' ? t('captured.mode.battle_of', { target: each.target.toUpperCase() }) : t('captured.mode.direct')}</td>
        <td class="mono muted wide" data-label=${t('captured.session')}><span class="break">${each.session}</span></td>
        <td data-label=${t('state')}><${Badge} tone=${each.failures ? 'warn' : 'good'}>${each.failures ? t('captured.refused', { count: each.failures }) : t('captured.fine')}<//></td>
        <td class="muted" data-label=${t('captured.used')}>${each.last_used_at ? html`<${Ago} at=${each.last_used_at} />` : t('captured.never')}</td>
        <td class="act">${!each.in_file && html`<button type="button" aria-label=${`${t('captured.remove')}: ${each.model ?? t('captured.all_models')}`} onClick=${() => removeOne(each)}>${t('captured.remove')}</button>`}</td>
      </tr>`)}</tbody>
  </table></div>
`;

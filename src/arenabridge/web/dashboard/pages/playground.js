/** Talk to a model, or to two at once, as any program would: by the same endpoint, without a key. */

import { useLoaded } from '../api.js';
import { duration } from '../formats.js';
import { Icon } from '../parts/icons.js';
import { Card, PageHead } from '../parts/layout.js';
import { Empty, ErrorNotice, Loaded } from '../parts/states.js';
import { say as tell } from '../parts/toast.js';
import { createLane } from '../playground/lane.js';
import { Markdown } from '../playground/markdown_view.js';
import { address } from '../router.js';
import { isAdministrator } from '../session.js';
import { known, t } from '../texts.js';
import { html, signal, useEffect, useLayoutEffect, useRef, useState } from '../ui.js';

const MAX_PICTURE_BYTES = 10 * 2 ** 20;
const TYPES = ['chat', 'search', 'image'];
/** Whoever has scrolled up by more than this reads there, and is left in peace. */
const NEAR_END_PIXELS = 120;
const MODEL_KEY = 'arena-bridge-model';

/** It outlives the page's being left for another: a conversation is not thrown away by a look at the workers. */
const lanes = [createLane(''), createLane('')];
const isPair = signal(false);

export function Playground() {
  const loaded = useLoaded('/api/models');
  const clear = () => lanes.forEach((lane) => lane.clear());
  return html`
    <${PageHead} title=${t('nav.playground')} about=${t('playground.about')}>
      <label class="choice"><input class="switch" type="checkbox" role="switch" checked=${isPair.value} onChange=${(event) => (isPair.value = event.target.checked)} /> ${t('playground.pair')}</label>
      <button type="button" onClick=${clear}>${t('playground.clear')}</button>
    <//>
    <${Loaded} from=${loaded}>${(value) => html`<${Conversation} models=${usable(value)} />`}<//>
  `;
}

/** By type; aliases that stand for something now come first. */
function usable({ models, aliases }) {
  const there = models.filter((model) => model.available);
  const groups = TYPES.map((type) => [type, there.filter((model) => model.type === type && !model.hidden_by && model.listed).map((model) => model.name)]);
  const meant = Object.keys(aliases).filter((alias) => there.some((model) => model.aliases.includes(alias)));
  return [['alias', meant], ...groups].filter(([, names]) => names.length);
}

function Conversation({ models }) {
  const names = models.flatMap(([, each]) => each);
  const isFollowing = useRef(true);
  useEffect(() => {
    const look = () => (isFollowing.current = innerHeight + scrollY > document.documentElement.scrollHeight - NEAR_END_PIXELS);
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, []);
  useEffect(() => {
    const wished = sessionStorage.getItem(MODEL_KEY);
    sessionStorage.removeItem(MODEL_KEY);
    if (names.includes(wished)) lanes[0].chosen.value = wished;
    lanes.forEach((lane, index) => {
      if (!names.includes(lane.chosen.value)) lane.chosen.value = names[Math.min(index, names.length - 1)] ?? '';
    });
  }, [models]);
  const used = isPair.value ? lanes : lanes.slice(0, 1);
  const length = used.reduce((sum, lane) => sum + lane.said.value.reduce((all, turn) => all + 1 + (turn.text?.length ?? 0) + (turn.reasoning?.length ?? 0), 0), 0);
  useLayoutEffect(() => {
    if (isFollowing.current) scrollTo(0, document.documentElement.scrollHeight);
  }, [length]);
  if (!names.length) return html`<${Card}><${Empty} title=${t('models.none')} action=${isAdministrator.value && html`<a class="button primary" href=${address('connect')}>${t('connect.title')}</a>`}>${t('models.none.words')}<//><//>`;
  return html`
    <div class="playground ${isPair.value ? 'pair' : ''}">
      <div class="lanes">${used.map((lane, index) => html`<${Lane} key=${index} lane=${lane} number=${index + 1} models=${models} />`)}</div>
      <${Composer} lanes=${used} />
    </div>
  `;
}

const Lane = ({ lane, number, models }) => html`
  <section class="card lane" aria-label=${t('playground.lane', { number })}>
    <h2 class="visually-hidden">${t('playground.lane', { number })}</h2>
    <select aria-label=${isPair.value ? t('playground.model', { number }) : t('model')} value=${lane.chosen.value} onChange=${(event) => (lane.chosen.value = event.target.value)}>
      ${models.map(([type, names]) => html`<optgroup key=${type} label=${t(`type.${type}`)}>${names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</optgroup>`)}
    </select>
    <div class="turns" role="log" aria-live="polite" aria-label=${t('playground.conversation')}>
      ${lane.said.value.map((turn) => html`<${TurnView} key=${turn.id} turn=${turn} />`)}
    </div>
    ${!lane.said.value.length && html`<${Empty} title=${t('playground.empty')}>${t('playground.empty.words')}<//>`}
  </section>
`;

function TurnView({ turn }) {
  if (turn.role === 'user') {
    return html`<article class="turn user" aria-label=${t('playground.you')}><div class="who">${t('playground.you')}</div>${turn.pictures?.map((url) => html`<img key=${url} class="thumb" src=${url} alt=${t('picture')} />`)}${turn.text && html`<div class="said">${turn.text}</div>`}</article>`;
  }
  return html`
    <article class="turn" aria-label=${t('playground.answer')} aria-busy=${String(Boolean(turn.isRunning))}>
      <div class="who"><span>${t('playground.answer')}</span>${facts(turn).map((fact) => html`<span key=${fact} class="number">${fact}</span>`)}</div>
      ${turn.reasoning && html`<details class="reasoning" open=${turn.isRunning && !turn.text}><summary>${t('playground.reasoning')}</summary><${Markdown} text=${turn.reasoning} /></details>`}
      ${turn.text && html`<${Markdown} text=${turn.text} />`}
      ${turn.isRunning && html`<span class="caret"><span class="visually-hidden">${t('playground.running')}</span></span>`}
      ${turn.error && html`<${ErrorNotice} error=${turn.error} />`}
    </article>
  `;
}

const facts = (turn) => [
  turn.firstSeconds !== undefined && t('playground.first', { time: duration(turn.firstSeconds) }),
  turn.seconds !== undefined && t('playground.whole', { time: duration(turn.seconds) }),
  turn.finish && turn.finish !== 'stop' && known(`outcome.${turn.finish}`, turn.finish),
].filter(Boolean);

function Composer({ lanes: used }) {
  const [text, setText] = useState('');
  const [pictures, setPictures] = useState([]);
  const isRunning = used.some((lane) => lane.said.value.at(-1)?.isRunning);
  const isReady = (text.trim() || pictures.length) && !isRunning;
  const send = () => {
    if (!isReady) return;
    used.forEach((lane) => void lane.say(text.trim(), pictures));
    setText('');
    setPictures([]);
  };
  const typed = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  const attach = async (files) => {
    const read = await Promise.all([...files].filter((file) => file.type.startsWith('image/')).map(asDataUri));
    setPictures((before) => [...before, ...read.filter(Boolean)]);
  };
  const pasted = (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    void attach(event.clipboardData.files);
  };
  return html`
    <form class="composer" onSubmit=${(event) => (event.preventDefault(), send())}>
      ${pictures.length > 0 && html`<div class="thumbs">${pictures.map((url, index) => html`<figure key=${url}><img src=${url} alt=${t('picture.number', { number: index + 1 })} /><button type="button" aria-label=${t('picture.remove', { number: index + 1 })} onClick=${() => setPictures(pictures.filter((_, each) => each !== index))}>×</button></figure>`)}</div>`}
      <textarea rows="2" aria-label=${t('playground.message')} placeholder=${t('playground.message')} value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${typed} onPaste=${pasted}></textarea>
      <div class="row">
        <label class="button"><${Icon} name="clip" size="16" /> ${t('playground.attach')}<input class="visually-hidden" type="file" accept="image/*" multiple onChange=${(event) => (void attach(event.target.files), (event.target.value = ''))} /></label>
        ${isRunning ? html`<button type="button" onClick=${() => used.forEach((lane) => lane.stop())}>${t('playground.stop')}</button>`
          : html`<button type="submit" class="primary" disabled=${!isReady}>${t('playground.send')}</button>`}
      </div>
    </form>
  `;
}

/** @param {File} file  @returns {Promise<string | null>} */
function asDataUri(file) {
  if (file.size > MAX_PICTURE_BYTES) {
    tell(t('picture.too_large', { name: file.name }));
    return Promise.resolve(null);
  }
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => done(null);
    reader.readAsDataURL(file);
  });
}

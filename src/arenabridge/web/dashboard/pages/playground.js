/** Talk to a model, or to two at once, as any program would: by the same endpoint, without a key. */

import { useLoaded } from '../api.js';
import { Combobox } from '../parts/combobox.js';
import { Card, PageHead } from '../parts/layout.js';
import { Empty, Loaded } from '../parts/states.js';
import { Composer } from '../playground/composer.js';
import { createLane } from '../playground/lane.js';
import { System } from '../playground/system.js';
import { TurnView } from '../playground/turns.js';
import { address } from '../router.js';
import { isAdministrator } from '../session.js';
import { t } from '../texts.js';
import { html, signal, useEffect, useLayoutEffect, useRef } from '../ui.js';

const TYPES = ['chat', 'search', 'image'];
/** Whoever has scrolled up by more than this reads there, and is left in peace. */
const NEAR_END_PIXELS = 120;
const MODEL_KEY = 'arena-bridge-model';

/** It outlives the page's being left for another: a conversation is not thrown away by a look at the workers. */
const system = signal('');
const lanes = [createLane('', system), createLane('', system)];
const isPair = signal(false);

export function Playground() {
  const loaded = useLoaded('/api/models');
  const clear = () => lanes.forEach((lane) => lane.clear());
  return html`
    <${PageHead} title=${t('nav.playground')} about=${t('playground.about')}>
      <label class="choice">
        <input class="switch" type="checkbox" role="switch" checked=${isPair.value} onChange=${(event) => (isPair.value = event.target.checked)} />
        ${t('playground.pair')}
      </label>
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
  const length = used.flatMap((lane) => lane.said.value).reduce((sum, turn) => sum + 1 + (turn.text?.length ?? 0) + (turn.reasoning?.length ?? 0), 0);
  useLayoutEffect(() => {
    if (isFollowing.current) scrollTo(0, document.documentElement.scrollHeight);
  }, [length]);
  const connect = isAdministrator.value && html`<a class="button primary" href=${address('connect')}>${t('connect.title')}</a>`;
  if (!names.length) return html`<${Card}><${Empty} title=${t('models.none')} action=${connect}>${t('models.none.words')}<//><//>`;
  return html`
    <div class="playground ${isPair.value ? 'pair' : ''}">
      <${System} words=${system} />
      <div class="lanes">${used.map((lane, index) => html`<${Lane} key=${index} lane=${lane} number=${index + 1} models=${models} />`)}</div>
      <${Composer} lanes=${used} />
    </div>
  `;
}

const Lane = ({ lane, number, models }) => html`
  <section class="card lane" aria-label=${t('playground.lane', { number })}>
    <h2 class="visually-hidden">${t('playground.lane', { number })}</h2>
    <${Combobox} name=${isPair.value ? t('playground.model', { number }) : t('model')} value=${lane.chosen.value}
      choose=${(name) => (lane.chosen.value = name)} groups=${models.map(([type, names]) => [t(`type.${type}`), names])} />
    <div class="turns" role="log" aria-live="polite" aria-label=${t('playground.conversation')}>
      ${lane.said.value.map((turn) => html`<${TurnView} key=${turn.id} turn=${turn} lane=${lane} />`)}
    </div>
    ${!lane.said.value.length && html`<${Empty} title=${t('playground.empty')}>${t('playground.empty.words')}<//>`}
  </section>
`;

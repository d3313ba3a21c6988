/** Every request as it ends: found again, and looked at from its arrival to its last byte. */

import { live } from '../feed/live.js';
import { moment } from '../formats.js';
import { Badge, Card, PageHead } from '../parts/layout.js';
import { Liveness } from '../parts/liveness.js';
import { Empty, ErrorNotice, Loading } from '../parts/states.js';
import { Details } from '../requests/details.js';
import { clear, filterKey, Filters, isFiltered, wishes } from '../requests/filters.js';
import { Forget } from '../requests/forget.js';
import { RequestsTable } from '../requests/table.js';
import { useTail } from '../requests/tail.js';
import { ask, wish } from '../router.js';
import { t } from '../texts.js';
import { html, useEffect, useMemo, useRef, useState } from '../ui.js';

/** Farther down than this somebody reads. */
const READING_PIXELS = 160;

export function Requests() {
  const [isPaused, setPaused] = useState(false);
  const isReading = useReading();
  const searchBox = useRef(null);
  const filters = useMemo(() => new URLSearchParams(wishes()).toString(), [filterKey()]);
  const opened = wish('id');
  const isHeld = isPaused || isReading || isFiltered() || Boolean(opened);
  const tail = useTail(filters, isHeld);
  useSlash(searchBox);
  const now = live.value?.now;
  const show = () => {
    tail.show();
    scrollTo(0, 0);
  };
  const beside = (step) => {
    const at = tail.rows?.findIndex((each) => String(each.id) === opened) ?? -1;
    return at < 0 ? undefined : tail.rows[at + step];
  };
  const go = (step) => beside(step) && ask({ id: String(beside(step).id) });
  const close = () => {
    ask({ id: '' });
    document.querySelector(`a[href*="id=${opened}"]`)?.focus();
  };
  const underWay = now && html`
    <span class="number">${t('overview.running', { count: now.running })} · ${t('requests.waiting', { count: now.waiting })}</span>`;
  const about = html`${isPaused ? html`<${Badge}>${t('requests.paused')}<//>` : html`<${Liveness} />`}${underWay}`;
  return html`
    <${PageHead} title=${t('nav.requests')} about=${about}>
      <button type="button" aria-pressed=${String(isPaused)} onClick=${() => setPaused(!isPaused)}>
        ${t(isPaused ? 'requests.resume' : 'requests.pause')}
      </button>
      <a class="button" href="/api/requests/export?format=csv&${filters}" download>CSV</a>
      <a class="button" href="/api/requests/export?format=json&${filters}" download>JSON</a>
      <${Forget} />
    <//>
    <${Card} title=${t('requests.list')} aside=${html`<span class="muted small keys">${t('requests.keys')}</span>`}>
      <div class="stack">
        <${Filters} searchBox=${searchBox} />
        <div class="aside" role="status">${isHeld && tail.aside.length > 0 && html`
          <button type="button" class="newer" onClick=${show}>${t('requests.show_newer', { count: tail.aside.length })}</button>`}</div>
        ${tail.error && html`<${ErrorNotice} error=${tail.error} retry=${tail.begin} />`}
        ${tail.rows === null ? !tail.error && html`<${Loading} />` : html`<${List} tail=${tail} />`}
      </div>
    <//>
    ${opened && html`<${Details} id=${opened} go=${go} beside=${beside} close=${close} />`}
  `;
}

function List({ tail }) {
  const more = tail.next !== null && html`<button type="button" onClick=${tail.more}>${t('requests.more')}</button>`;
  if (tail.rows.length) {
    return html`<${RequestsTable} requests=${tail.rows} seen=${tail.seen} />${more}`;
  }
  if (tail.next !== null) return html`<${Empty} title=${t('requests.none_yet', { time: moment(tail.lookedUntil) })} action=${more} />`;
  return isFiltered()
    ? html`<${Empty} title=${t('requests.no_match')} action=${html`<button type="button" onClick=${clear}>${t('requests.clear')}</button>`} />`
    : html`<${Empty} title=${t('overview.no_requests')}>${t('overview.no_requests.words')}<//>`;
}

function useReading() {
  const [isReading, setReading] = useState(false);
  useEffect(() => {
    const look = () => setReading(scrollY > READING_PIXELS);
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, []);
  return isReading;
}

/** The slash leads to the search, as in many lists. */
function useSlash(box) {
  useEffect(() => {
    const find = (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, dialog')) return;
      event.preventDefault();
      box.current.focus();
    };
    addEventListener('keydown', find);
    return () => removeEventListener('keydown', find);
  }, []);
}

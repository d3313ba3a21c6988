/** Choose one of many by typing a part of its name: an input with a list below it, as WAI-ARIA's combobox has it. */

import { t } from '../texts.js';
import { html, useEffect, useId, useState } from '../ui.js';
import { fits } from './search.js';

/** @param {{name: string, groups: [string, string[]][], value: string, choose: (option: string) => void}} props groups are of a title and options */
export function Combobox({ name, groups, value, choose }) {
  const id = useId();
  const [typed, setTyped] = useState(null); // null: the list is closed
  const [pointed, point] = useState(value);
  const isOpen = typed !== null;
  const found = isOpen ? groups.map(([title, options]) => [title, options.filter((each) => fits(typed, [each]))]).filter(([, options]) => options.length) : [];
  const all = found.flatMap(([, options]) => options);
  const active = all.includes(pointed) ? pointed : all[0];
  const idOf = (option) => `${id}-${all.indexOf(option)}`;
  const open = () => {
    if (isOpen) return;
    setTyped('');
    point(value);
  };
  const close = () => setTyped(null);
  const take = (option) => {
    choose(option);
    close();
  };
  const steer = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && !(isOpen && (event.key === 'Enter' || event.key === 'Escape'))) return;
    event.preventDefault();
    if (!isOpen) open();
    else if (step) point(all[(all.indexOf(active) + step + all.length) % all.length]);
    else if (event.key === 'Enter' && active) take(active);
    else close();
  };
  useEffect(() => {
    if (isOpen && active) document.getElementById(idOf(active))?.scrollIntoView({ block: 'nearest' });
  }, [isOpen, active]);
  const option = (each) => html`
    <div key=${each} id=${idOf(each)} role="option" class=${each === active ? 'active' : ''} aria-selected=${String(each === value)}
      onMouseDown=${(event) => event.preventDefault()} onClick=${() => take(each)}>${each}</div>`;
  return html`
    <div class="combobox">
      <input type="text" role="combobox" autocomplete="off" spellcheck=${false} aria-label=${name} aria-autocomplete="list" aria-expanded=${String(isOpen)}
        aria-controls=${`${id}-list`} aria-activedescendant=${active ? idOf(active) : undefined} value=${isOpen ? typed : value} placeholder=${value}
        onClick=${open} onInput=${(event) => setTyped(event.target.value)} onKeyDown=${steer} onBlur=${close} />
      ${isOpen && html`
        <div class="options" id=${`${id}-list`} role="listbox" aria-label=${name}>
          ${found.map(([title, options]) => html`
            <div key=${title} role="group" aria-label=${title}><div class="title" aria-hidden="true">${title}</div>${options.map(option)}</div>`)}
          ${!all.length && html`<div class="none muted" role="option" aria-disabled="true" aria-selected="false">${t('models.no_match')}</div>`}
        </div>`}
    </div>
  `;
}

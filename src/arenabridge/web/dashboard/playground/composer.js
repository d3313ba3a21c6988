/** What is to be said next: words, pictures, and the way to send or to stop. */

import { Icon } from '../parts/icons.js';
import { say as tell } from '../parts/toast.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

const MAX_PICTURE_BYTES = 10 * 2 ** 20;

/** @param {{lanes: object[]}} props it is said in each of them */
export function Composer({ lanes: used }) {
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
  const chosen = (event) => {
    void attach(event.target.files);
    event.target.value = '';
  };
  const drop = (index) => setPictures(pictures.filter((_, each) => each !== index));
  const pasted = (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    void attach(event.clipboardData.files);
  };
  return html`
    <form class="composer" onSubmit=${(event) => (event.preventDefault(), send())}>
      ${pictures.length > 0 && html`<div class="thumbs">${pictures.map((url, index) => html`
        <figure key=${url}><img src=${url} alt=${t('picture.number', { number: index + 1 })} />
          <button type="button" aria-label=${t('picture.remove', { number: index + 1 })} onClick=${() => drop(index)}>×</button></figure>`)}</div>`}
      <textarea rows="2" aria-label=${t('playground.message')} placeholder=${t('playground.message')} value=${text}
        onInput=${(event) => setText(event.target.value)} onKeyDown=${typed} onPaste=${pasted}></textarea>
      <div class="row">
        <label class="button"><${Icon} name="clip" size="16" /> ${t('playground.attach')}
          <input class="visually-hidden" type="file" accept="image/*" multiple onChange=${chosen} /></label>
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

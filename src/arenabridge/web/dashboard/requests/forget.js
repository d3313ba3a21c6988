/** Throw away what was said, as far as keys had it kept. */

import { remove } from '../api.js';
import { Question } from '../parts/dialog.js';
import { say } from '../parts/toast.js';
import { t } from '../texts.js';
import { html, useState } from '../ui.js';

export function Forget() {
  const [isAsked, ask] = useState(false);
  const forget = async () => {
    const { forgotten } = await remove('/api/requests/bodies');
    say(t('requests.forgotten', { count: forgotten }));
    ask(false);
  };
  return html`
    <button type="button" class="plain danger" onClick=${() => ask(true)}>${t('requests.forget')}</button>
    ${isAsked && html`
      <${Question} title=${t('requests.forget.question')} words=${t('requests.forget.words')} action=${t('requests.forget')}
        act=${forget} close=${() => ask(false)} />`}
  `;
}

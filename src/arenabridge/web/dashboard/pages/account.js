/** Oneself: how the dashboard looks here, the password, and the browsers that are signed in. */

import { post, remove, useLoaded } from '../api.js';
import { Form } from '../parts/form.js';
import { Badge, Card, PageHead, Segments } from '../parts/layout.js';
import { Loaded } from '../parts/states.js';
import { Ago } from '../parts/time.js';
import { attempt, say } from '../parts/toast.js';
import { WorkButton } from '../parts/work.js';
import { session } from '../session.js';
import { LANGUAGES, language, speak, t } from '../texts.js';
import { html, useState } from '../ui.js';

export const Account = () => html`
  <${PageHead} title=${t('account.title')} about=${`${session.value.user.name} · ${t(`role.${session.value.user.role}`)}`} />
  <${Look} />
  <div class="grid two"><${SignedIn} /><${Password} /></div>
`;

function Look() {
  const [theme, setTheme] = useState(globalThis.arenaBridgeTheme.chosen());
  const choose = (chosen) => {
    globalThis.arenaBridgeTheme.choose(chosen);
    setTheme(chosen);
  };
  return html`
    <${Card} title=${t('account.look')}>
      <div class="filters">
        <${Segments} name=${t('account.theme')} value=${theme} choose=${choose} options=${['system', 'light', 'dark'].map((each) => [each, t(`theme.${each}`)])} />
        <${Segments} name=${t('account.language')} value=${language.value} choose=${speak} options=${Object.entries(LANGUAGES)} />
      </div>
    <//>
  `;
}

function SignedIn() {
  const loaded = useLoaded('/api/sessions');
  const end = async (each) => {
    await attempt(() => remove(`/api/sessions/${encodeURIComponent(each.id)}`), t('account.ended'));
    await loaded.reload();
  };
  return html`
    <${Card} title=${t('account.sessions')}>
      <${Loaded} from=${loaded}>${({ sessions }) => html`
        <div class="scroll"><table class="things"><thead class="visually-hidden"><tr><th>${t('account.browser')}</th><th>${t('account.seen')}</th><th>${t('manage')}</th></tr></thead>
          <tbody>${sessions.map((each) => html`
            <tr key=${each.id}>
              <td class="title wide"><span>${browser(each.agent)}</span> <span class="sub">${each.address}</span></td>
              <td class="muted" data-label=${t('account.seen')}>
                ${each.is_this ? html`<${Badge} tone="good">${t('account.this')}<//>` : html`<${Ago} at=${each.last_seen_at} />`}</td>
              <td class="act">${!each.is_this && html`<${WorkButton} act=${() => end(each)}>${t('account.end')}<//>`}</td>
            </tr>`)}</tbody></table></div>
      `}<//>
    <//>
  `;
}

function Password() {
  const change = async (data, form) => {
    await post('/api/password', Object.fromEntries(data));
    form.reset();
    session.value = { ...session.value, wants_new_password: false };
    say(t('account.password.changed'));
  };
  return html`
    <${Card} title=${t('account.password')}>
      <${Form} send=${change} action=${t('account.password.change')}>
        <input class="visually-hidden" type="text" name="username" autocomplete="username" value=${session.value.user.name} tabindex="-1" aria-hidden="true" readonly disabled />
        <label class="field"><span>${t('account.password.current')}</span><input name="current" type="password" required autocomplete="current-password" /></label>
        <label class="field"><span>${t('account.password.new')}</span><input name="new" type="password" required autocomplete="new-password" /><span class="hint">${t('account.password.hint')}</span></label>
      <//>
    <//>
  `;
}

/** Enough of what a browser calls itself to recognize it. */
function browser(agent) {
  const name = [/(Firefox)\/(\d+)/, /(Edg)\/(\d+)/, /(Chrome)\/(\d+)/, /Version\/(\d+).*(Safari)/].map((each) => agent.match(each)).find(Boolean);
  const system = agent.match(/Windows|Macintosh|Android|iPhone|iPad|Linux/)?.[0];
  if (!name) return agent || t('account.unknown');
  const [, first, second] = name;
  return [/\d/.test(first) ? `${second} ${first}` : `${first.replace('Edg', 'Edge')} ${second}`, system].filter(Boolean).join(', ');
}

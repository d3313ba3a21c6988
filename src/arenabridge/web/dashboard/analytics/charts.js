/** The course of a span of time: how requests ended, how long they took, what went through. */

import { compact, duration, number, size } from '../formats.js';
import { BYTES, Chart } from '../parts/chart.js';
import { Card } from '../parts/layout.js';
import { Empty } from '../parts/states.js';
import { t } from '../texts.js';
import { html } from '../ui.js';
import { outcomeName } from '../requests/words.js';

/** From the top to the bottom, where what went wrong is compared best. */
const ENDS = [['succeeded', '--accent'], ['gone', '--strong'], ['client_errors', '--warn'], ['limited', '--limit'], ['server_errors', '--bad']];
const CLASS = { client_errors: 'client_error', server_errors: 'server_error' };

export function Charts({ course, aside }) {
  const of = (name) => course.map((step) => step[name]);
  const isEmpty = !course.some((step) => step.requests);
  const charts = [
    { title: t('analytics.requests'), format: number, stacked: true, lines: ENDS.map(([name, tone]) => ({ label: outcomeName(CLASS[name] ?? name), values: of(name), tone })) },
    { title: t('analytics.times'), format: duration, marks: null, lines: [{ label: t('analytics.whole'), values: of('duration_mean'), tone: '--accent' }, { label: t('requests.first_token'), values: of('first_token_mean'), tone: '--good', dash: [5, 3] }] },
    { title: t('overview.tokens'), format: compact, lines: [{ label: t('analytics.in'), values: of('tokens_in'), tone: '--accent', fill: '--accent-soft' }, { label: t('analytics.out'), values: of('tokens_out'), tone: '--good', dash: [5, 3] }] },
    { title: t('analytics.bytes'), format: size, marks: BYTES, lines: [{ label: t('analytics.in'), values: of('bytes_in'), tone: '--accent', fill: '--accent-soft' }, { label: t('analytics.out'), values: of('bytes_out'), tone: '--good', dash: [5, 3] }] },
  ];
  return html`<div class="grid halves">${charts.map(({ title, ...chart }, index) => html`
    <${Card} key=${index} title=${title} aside=${index === 0 ? aside : html`<span class="muted small">${t('local_time')}</span>`}>
      ${isEmpty ? html`<${Empty} title=${t('analytics.nothing')}>${t('analytics.nothing.words')}<//>` : html`<${Chart} key=${chart.lines.length} name=${title} at=${of('at')} ...${chart} />`}
    <//>`)}</div>`;
}

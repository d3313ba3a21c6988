/** How a request ended and what it went through, in words for a person. */

import { known, t } from '../texts.js';

/** All ends there are, as the gateway names them. */
export const REASONS = [
  'completed', 'stopped_by_stop_sequence', 'stopped_by_length', 'content_filtered', 'client_gone', 'client_too_slow', 'ended_by_person', 'refused', 'not_allowed', 'model_not_found', 'content_refused',
  'rate_limited', 'budget_exhausted', 'queue_full', 'storage_full', 'files_failed', 'no_worker', 'waited_too_long', 'needs_human', 'shutting_down', 'worker_lost',
  'upstream_rate_limited', 'upstream_failed', 'upstream_changed', 'upstream_empty', 'upstream_not_as_asked', 'upstream_timeout', 'internal_error',
];
export const OUTCOMES = ['succeeded', 'client_error', 'limited', 'server_error', 'gone'];

const TONES = { succeeded: '', client_error: 'warn', limited: 'warn', server_error: 'bad', gone: '' };

export const outcomeTone = (outcome) => TONES[outcome] ?? '';
export const reasonName = (reason) => known(`reason.${reason}`, reason);
export const reasonWords = (reason) => known(`reason.${reason}.words`, '');
export const outcomeName = (outcome) => known(`class.${outcome}`, outcome);

/** What a request is called in lists: its model, else what the client called it. */
export const modelOf = (request) => request.model || request.asked_for || t('requests.no_model');

/** What files are called. */

import { isAdministrator } from '../session.js';
import { t } from '../texts.js';

/** Of what a file came with; what came with a key that is gone is nobody's by name. */
export function shareName({ key_name: name, owner, key_id: id }) {
  const key = name === null ? t('files.gone_key', { id: id.slice(0, 8) }) : name === 'playground' ? t('nav.playground') : name;
  return owner && isAdministrator.value ? `${key} · ${owner}` : key;
}

/** Who is signed in here. */

import { get, onSignedOut, remove } from './api.js';
import { computed, signal } from './ui.js';

/** @type {{value: {user: {id: string, name: string, email: string | null, role: 'admin' | 'user'}, version: string,
 *   wants_new_password: boolean, may_make_keys: boolean} | null}} */
export const session = signal(null);
export const isAdministrator = computed(() => session.value?.user.role === 'admin');

onSignedOut.go = goToSignIn;

export async function openSession() {
  const told = await get('/api/session');
  if (told.user) session.value = told;
  else goToSignIn();
}

/** The way back to where the reader was is in the address. */
export function goToSignIn() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

export async function signOut() {
  await remove('/api/session');
  location.assign('/sign-in');
}

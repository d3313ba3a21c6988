/** The gateway's API: JSON there and back, failures as one kind of error. */

import { useAgain } from './feed/connection.js';
import { signal, useEffect, useMemo } from './ui.js';

export class ApiError extends Error {
  /** @param {{status: number, code: string, message: string, param?: string, help?: string}} facts */
  constructor({ status, code, message, param, help }) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
    this.help = help;
  }
}

/** What to do when the gateway does not know us any more; set by `session.js`. */
export const onSignedOut = { go: () => {} };

/** @returns {Promise<any>} the answer's JSON, null if there is none; rejects with an `ApiError` */
export async function call(method, path, body, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      ...options,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError({ status: 0, code: 'unreachable', message: String(error.message) });
  }
  if (!response.ok) throw await failure(response);
  return response.status === 204 ? null : response.json();
}

export async function failure(response) {
  const told = await response.json().catch(() => ({}));
  const code = told.error?.code ?? `http_${response.status}`;
  if (code === 'sign_in_required') onSignedOut.go();
  const help = response.headers.get('x-arenabridge-help') ?? undefined;
  return new ApiError({ status: response.status, code, message: told.error?.message ?? response.statusText, param: told.error?.param, help });
}

export const get = (path) => call('GET', path);
export const post = (path, body = {}) => call('POST', path, body);
export const patch = (path, body) => call('PATCH', path, body);
export const remove = (path) => call('DELETE', path);

/**
 * What is at an address, loaded when the part that shows it appears, and anew when the address changes.
 * What was there stays until something newer comes, so that nothing flickers. What an outage kept away comes after it.
 *
 * @returns {{value: any, error: ApiError | null, isLoading: boolean, reload: () => Promise<void>, set: (value: any) => void}}
 */
export function useLoaded(path) {
  const state = useMemo(() => signal({ value: undefined, error: null, isLoading: true }), []);
  const load = async () => {
    state.value = { ...state.value, isLoading: true };
    const asked = (state.asked = Symbol(path));
    try {
      const value = await get(path);
      if (state.asked === asked) state.value = { value, error: null, isLoading: false };
    } catch (error) {
      if (state.asked === asked) state.value = { ...state.value, error, isLoading: false };
    }
  };
  useEffect(() => void load(), [path]);
  useAgain(state.value.error, load);
  const set = (value) => {
    state.asked = null; // what was asked for before is older than this
    state.value = { value, error: null, isLoading: false };
  };
  return { ...state.value, reload: load, set };
}

/** The reader's time zone by its name; where the gateway knows none of that name, by what it is ahead now. */
export const zone = signal(Intl.DateTimeFormat().resolvedOptions().timeZone || offset());

function offset() {
  const minutes = -new Date().getTimezoneOffset();
  const clock = [Math.abs(minutes) / 60, Math.abs(minutes) % 60].map((each) => String(Math.floor(each)).padStart(2, '0'));
  return `${minutes < 0 ? '-' : '+'}${clock.join(':')}`;
}

/** As `useLoaded`, with steps of time as the reader's days have them; the path has a query already. */
export function useZoned(path) {
  const loaded = useLoaded(`${path}&zone=${encodeURIComponent(zone.value)}`);
  const isUnknown = loaded.error?.param === 'zone';
  useEffect(() => {
    if (isUnknown) zone.value = offset();
  }, [isUnknown]);
  return isUnknown ? { ...loaded, error: null } : loaded;
}

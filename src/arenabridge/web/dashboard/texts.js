/**
 * All words of the dashboard, in the language of its reader. One module a language, with the same keys (tested), of
 * which only those that are used are loaded.
 */

import { keep, kept } from './kept.js';
import { effect, signal } from './ui.js';

const MODULES = { en: () => import('./texts/en.js'), zh: () => import('./texts/zh.js') };
/** @type {Record<string, {words: Record<string, string>, settings: Record<string, string>}>} */
const CATALOGUES = {};
export const LANGUAGES = { en: 'English', zh: '中文' };

/** @type {{value: 'en' | 'zh'}} */
export const language = signal(kept('language', navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'));
if (!Object.hasOwn(MODULES, language.value)) language.value = 'en';
await load(language.value);

async function load(name) {
  CATALOGUES[name] ??= await MODULES[name]();
}

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
});

export async function speak(chosen) {
  await load(chosen);
  language.value = chosen;
  keep('language', chosen);
}

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values] what stands in braces; `count` chooses `key.one` or `key.other`
 * @returns {string}
 */
export function t(key, values = {}) {
  const { words } = CATALOGUES[language.value];
  const plural = 'count' in values ? words[`${key}.${values.count === 1 ? 'one' : 'other'}`] : undefined;
  const text = plural ?? words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The text of a key that may be missing, since its end comes from the gateway; else what is given. */
export function known(key, otherwise) {
  return CATALOGUES[language.value].words[key] ?? otherwise;
}

/** What a setting is for, in this language; undefined where only the gateway's own words tell. */
export const aboutSetting = (name) => CATALOGUES[language.value].settings[name];

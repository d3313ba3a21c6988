/** The inline scripts of the page, in which the site's server rendered its models; the gateway reads them. */

const PAGE_LIMIT_LENGTH = 8 << 20;

/**
 * @param {AbortSignal} signal
 * @param {Outbox} outbox
 * @returns {{tell: () => void, tellAgain: () => void}} `tell` says nothing twice, `tellAgain` does
 */
function startPageReport(signal, outbox) {
  let told = '';

  function tell() {
    if (document.readyState === 'loading') return;
    const html = inlineScripts();
    if (html === told) return;
    told = html;
    outbox.say({ type: 'page', url: location.origin + location.pathname, html });
  }

  function tellAgain() {
    told = '';
    tell();
  }

  document.addEventListener('DOMContentLoaded', tell, { signal });
  window.addEventListener('load', tell, { signal });
  window.navigation?.addEventListener('navigatesuccess', tell, { signal });
  return { tell, tellAgain };
}

/** @returns {string} the source of whole elements, as many as the limit holds */
function inlineScripts() {
  const sources = [];
  let length = 0;
  for (const script of document.querySelectorAll('script:not([src])')) {
    const source = script.outerHTML;
    length += source.length;
    if (length > PAGE_LIMIT_LENGTH) break;
    sources.push(source);
  }
  return sources.join('\n');
}

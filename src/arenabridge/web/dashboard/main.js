/** Start: who is signed in, the feed, and the frame around the page that the address names. */

import { followGateway } from './feed/live.js';
import { ErrorNotice } from './parts/states.js';
import { followLinks } from './router.js';
import { openSession, session } from './session.js';
import { Shell } from './shell.js';
import { html, render } from './ui.js';

const root = document.getElementById('dashboard');
const aborted = new AbortController().signal;

async function start() {
  try {
    await openSession();
  } catch (error) {
    render(html`<main><${ErrorNotice} error=${error} retry=${() => location.reload()} /></main>`, root);
    return;
  }
  if (!session.value) return; // on the way to signing in
  followLinks(aborted);
  followGateway(aborted, session.value.user);
  render(html`<${Shell} />`, root);
}

void start();

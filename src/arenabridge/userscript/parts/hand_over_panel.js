/**
 * The part of the badge in which the person hands their session over: a press on ⋯, one on what it offers, and one that
 * confirms. How far it has come is told in `data-session` and `data-session-text` of the badge's element.
 *
 * @typedef {'closed' | 'offered' | 'asked' | 'giving' | 'kept' | 'not_kept'} HandOverPhase
 *
 * @param {HTMLElement} host
 * @param {(press: Event) => Promise<HandedOver>} give
 */
function buildHandOverPanel(host, give) {
  const more = element('button', 'more', '⋯');
  const panel = element('div', 'panel');
  const offer = element('button', 'offer', HAND_OVER_WORDS.offer);
  const words = element('p', 'words');
  const yes = element('button', 'yes', HAND_OVER_WORDS.yes);
  const no = element('button', 'no');
  more.setAttribute('aria-label', 'More');
  words.setAttribute('role', 'status');
  panel.append(offer, words, yes, no);

  /** @param {HandOverPhase} phase */
  function show(phase, said = '') {
    Object.assign(host.dataset, { session: phase, sessionText: said });
    more.setAttribute('aria-expanded', String(phase !== 'closed'));
    panel.hidden = phase === 'closed';
    offer.hidden = phase !== 'offered';
    words.textContent = said;
    words.hidden = !said;
    yes.hidden = phase !== 'asked';
    no.hidden = !['asked', 'kept', 'not_kept'].includes(phase);
    no.textContent = phase === 'asked' ? 'Cancel' : 'Close';
    (offer.hidden ? no : offer).focus();
  }

  async function handOver(press) {
    const given = give(press);
    show('giving', HAND_OVER_WORDS.giving);
    const { kept, words: said } = await given;
    show(kept ? 'kept' : 'not_kept', said);
  }

  more.addEventListener('click', () => show(panel.hidden ? 'offered' : 'closed'));
  offer.addEventListener('click', () => show('asked', HAND_OVER_WORDS.question));
  yes.addEventListener('click', (press) => press.isTrusted && handOver(press));
  no.addEventListener('click', () => {
    show('closed');
    more.focus();
  });
  panel.hidden = true;
  return {
    more,
    panel,
    /** @param {boolean} isLinked  without a link there is nobody to give it to */
    use(isLinked) {
      more.hidden = !isLinked;
      if (!isLinked && !panel.hidden) show('closed');
    },
  };
}

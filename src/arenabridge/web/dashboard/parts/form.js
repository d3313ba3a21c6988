/** A form that sends what was entered, once however often it is pressed, and shows why it was not taken. */

import { html, useState } from '../ui.js';
import { ErrorNotice } from './states.js';
import { useWork } from './work.js';

/**
 * @param {{send: (data: FormData, form: HTMLFormElement) => Promise<any>, action: any, beside?: any, footer?: string,
 *   explain?: (error: any) => any}} props
 *   `action` are the words of its button and `beside` what stands before that; `explain` may show an error in its own way.
 *   All else is as a form has it.
 */
export function Form({ send, action, beside, children, explain = (error) => html`<${ErrorNotice} error=${error} />`, ...rest }) {
  const { isBusy, begin } = useWork();
  const [error, setError] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const work = async () => {
      await send(new FormData(form), form);
      setError(null);
    };
    await begin(work).catch(setError);
  };
  return html`
    <form class="form" ...${rest} onSubmit=${submit} aria-busy=${String(isBusy)}>
      ${children}
      ${error && explain(error)}
      <footer>${beside}<button type="submit" class="primary" disabled=${isBusy}>${action}</button></footer>
    </form>
  `;
}

/** The libraries, in one place: markup is `html`, state is a signal. */

import { Fragment, h, render } from '../vendor/preact.mjs';
import htm from '../vendor/htm.mjs';

export { useCallback, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from '../vendor/preact-hooks.mjs';
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from '../vendor/signals.mjs';
export { Fragment, render };
export const html = htm.bind(h);

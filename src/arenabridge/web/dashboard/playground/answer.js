/** Ask, and hear the answer as it comes. */

import { ApiError, failure } from '../api.js';

/**
 * @param {{model: string, messages: object[], signal: AbortSignal, heard: (piece: {text?: string, reasoning?: string}) => void}} asked
 * @returns {Promise<{finish: string | null, worker: string | null, how: string | null}>} rejects with an `ApiError`
 */
export async function ask({ model, messages, signal, heard }) {
  let response;
  try {
    response = await fetch('/api/playground/chat', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages, stream: true }),
      signal,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError({ status: 0, code: 'unreachable', message: error.message });
  }
  if (!response.ok) throw await failure(response);
  const told = { finish: null, worker: response.headers.get('x-arenabridge-worker'), how: response.headers.get('x-arenabridge-how') };
  for await (const data of eventsOf(response.body)) {
    if (data === '[DONE]') break;
    const event = JSON.parse(data);
    if (event.error) throw new ApiError({ status: 502, code: event.error.code, message: event.error.message });
    const [choice] = event.choices ?? [];
    if (!choice) continue;
    if (choice.delta?.content || choice.delta?.reasoning_content) heard({ text: choice.delta.content, reasoning: choice.delta.reasoning_content });
    told.finish = choice.finish_reason ?? told.finish;
  }
  return told;
}

/** The data of each server-sent event. */
async function* eventsOf(body) {
  let rest = '';
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const data = event.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim());
      if (data.length) yield data.join('\n');
    }
  }
}

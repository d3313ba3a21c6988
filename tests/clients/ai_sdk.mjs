// The Vercel AI SDK.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';

const provider = createOpenAICompatible({
  name: 'bridge',
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
  includeUsage: true,
});
const messages = [];
for (const turn of JSON.parse(process.env.TURNS)) {
  messages.push({ role: 'user', content: turn });
  const result = streamText({ model: provider(process.env.MODEL), messages, maxRetries: 0 });
  let answer = '';
  for await (const piece of result.textStream) answer += piece;
  console.log(answer);
  messages.push({ role: 'assistant', content: answer });
}

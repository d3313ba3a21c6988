// The official client for Node.
import OpenAI from 'openai';

const client = new OpenAI({ maxRetries: 0 });
const messages = [];
for (const turn of JSON.parse(process.env.TURNS)) {
  messages.push({ role: 'user', content: turn });
  const stream = client.chat.completions.stream({ model: process.env.MODEL, messages });
  const answer = (await stream.finalChatCompletion()).choices[0].message.content;
  console.log(answer);
  messages.push({ role: 'assistant', content: answer });
}

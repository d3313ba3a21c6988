// The official client for Node: a conversation, and pictures in and out.
import OpenAI, { toFile } from 'openai';

const client = new OpenAI({ maxRetries: 0 });
const messages = [];
for (const turn of JSON.parse(process.env.TURNS)) {
  messages.push({ role: 'user', content: turn });
  const stream = client.chat.completions.stream({ model: process.env.MODEL, messages });
  const answer = (await stream.finalChatCompletion()).choices[0].message.content;
  console.log(answer);
  messages.push({ role: 'assistant', content: answer });
}

const prompt = process.env.PICTURE;
const made = await client.images.generate({ prompt });
const data = made.data[0].b64_json;
const file = await toFile(Buffer.from(data, 'base64'), 'made.png', { type: 'image/png' });
const edited = await client.images.edit({ image: [file, file], prompt: `${prompt} at night` });
for (const url of [data, edited.data[0].b64_json].map((each) => `data:image/png;base64,${each}`)) {
  const content = [{ type: 'text', text: 'SEE<<>>' }, { type: 'image_url', image_url: { url } }];
  const seen = await client.chat.completions.create({ model: process.env.MODEL, messages: [{ role: 'user', content }] });
  console.log(JSON.parse(seen.choices[0].message.content)[0].prompt);
}

// OpenAI's own client before every dialect but OpenAI's: chat, embeddings, legacy completions, and what passes as it is.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { startAll } from './fakes/index.js';
import { startOpenAi } from './fakes/responses.js';
import { image, signature } from './fakes/server.js';

const all = await startAll({ after }, [startOpenAi]);
const client = new OpenAI({ baseURL: all.gateway.baseURL, apiKey: 'sk-client', maxRetries: 0 });

const names = ['anthropic', 'gemini', 'bedrock', 'cohere', 'ollama', 'azure', 'azure-deployments'];
const hello = 'Hello there \u{1F600} "q"\n';
const tools = [
  { type: 'function', function: { name: 'get_weather', description: 'The weather of a city.', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } } },
  { type: 'function', function: { name: 'get_time' } },
];
const ask = (name, content, more = {}) => ({ model: all[name].model, messages: [{ role: 'user', content }], ...more });

/** One completion, whole or put together by the helper for streams. */
async function answer(params, streamed) {
  if (!streamed) return client.chat.completions.create(params);
  return client.chat.completions.stream({ ...params, stream_options: { include_usage: true } }).finalChatCompletion();
}

for (const name of names) {
  for (const streamed of [false, true]) {
    const how = `${name}, ${streamed ? 'streamed' : 'whole'}`;

    test(`chat: text and usage before ${how}`, async () => {
      const completion = await answer(ask(name, 'Hi'), streamed);
      assert.equal(completion.choices[0].message.content, hello);
      assert.equal(completion.choices[0].finish_reason, 'stop');
      assert.equal(completion.usage.prompt_tokens, 20);
      assert.equal(completion.usage.completion_tokens, 5);
      assert.equal(completion.usage.total_tokens, 25);
      assert.equal(completion.usage.prompt_tokens_details?.cached_tokens ?? 0, all[name].cached);
    });

    test(`chat: parallel tools, one without arguments, before ${how}`, async () => {
      const params = ask(name, 'Weather and time?', { tools });
      const first = await answer(params, streamed);
      const { message, finish_reason } = first.choices[0];
      assert.equal(finish_reason, 'tool_calls');
      assert.deepEqual(message.tool_calls.map((call) => [call.type, call.function.name, JSON.parse(call.function.arguments)]),
        [['function', 'get_weather', { city: 'Zürich "1"' }], ['function', 'get_time', {}]]);
      // As an application does that knows nothing of providers: the message goes back as it came, extra_content with Gemini's signature included.
      params.messages.push(message, ...message.tool_calls.map(({ id }, at) => ({ role: 'tool', tool_call_id: id, content: `result ${at}` })));
      const second = await answer(params, streamed);
      assert.equal(second.choices[0].message.content, 'It is result 0 and result 1.');
      if (name === 'gemini') assert.equal(message.tool_calls[0].extra_content.google.thought_signature.endsWith(signature), true);
    });

    test(`chat: structured output before ${how}`, async () => {
      const response_format = zodResponseFormat(z.object({ name: z.string(), people: z.number() }), 'city');
      const params = ask(name, 'A city', { response_format });
      const completion = streamed ? await client.chat.completions.stream(params).finalChatCompletion() : await client.chat.completions.parse(params);
      assert.deepEqual(completion.choices[0].message.parsed, { name: 'Paris', people: 2 });
      assert.equal(completion.choices[0].finish_reason, 'stop');
    });
  }

  test(`chat: an image before ${name}`, async () => {
    const url = `data:${image.type};base64,${image.base64}`;
    const completion = await answer(ask(name, [{ type: 'text', text: 'What is it?' }, { type: 'image_url', image_url: { url } }]), false);
    assert.equal(completion.choices[0].message.content, 'I see image/png.');
  });

  test(`chat: errors before ${name}`, async () => {
    await assert.rejects(client.chat.completions.create(ask(name, 'fail')), (error) => {
      assert.ok(error instanceof OpenAI.RateLimitError);
      assert.equal(error.error.message, 'Slow down.');
      assert.equal(error.headers.get('retry-after'), '3');
      assert.ok(error.requestID);
      return true;
    });
    for (const fault of ['late', 'cut']) {
      await assert.rejects(async () => {
        for await (const chunk of await client.chat.completions.create(ask(name, fault, { stream: true }))) assert.ok(chunk);
      }, OpenAI.APIError, fault);
    }
  });

  test(`chat: an aborted stream ends at ${name}`, async () => {
    const stream = await client.chat.completions.create(ask(name, 'hang', { stream: true }));
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort();
    await all[name].last().closed;
  });

  test(`completions: before ${name}, which has chat alone`, async () => {
    if (name.startsWith('azure')) return;
    const whole = await client.completions.create({ model: all[name].model, prompt: 'Hi' });
    assert.equal(whole.object, 'text_completion');
    assert.equal(whole.choices[0].text, hello);
    let text = '';
    for await (const chunk of await client.completions.create({ model: all[name].model, prompt: 'Hi', stream: true })) text += chunk.choices[0]?.text ?? '';
    assert.equal(text, hello);
  });
}

for (const name of ['anthropic', 'gemini', 'bedrock']) {
  test(`chat: reasoning goes back with its signature to ${name}`, async () => {
    for (const streamed of [false, true]) {
      const params = ask(name, 'think', { tools, reasoning_effort: 'medium' });
      const first = await answer(params, streamed);
      const { message } = first.choices[0];
      // The client's helper keeps the last delta of members that it does not know; thinking_blocks come whole in one, so that this is enough to go on.
      assert.equal(message.reasoning_content, streamed ? 'think.' : 'Let me think.');
      params.messages.push(message, ...message.tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'fine' })));
      const second = await answer(params, streamed);
      assert.equal(second.choices[0].message.content, 'It is fine and fine.');
    }
  });
}

test('embeddings: floats and base64, whichever the client asks for', async () => {
  for (const name of ['openai', 'gemini', 'cohere']) {
    // Without encoding_format the client asks for base64 and decodes it itself.
    for (const encoding_format of [undefined, 'float', 'base64']) {
      const { data, usage } = await client.embeddings.create({ model: all[name].model, input: ['one', 'two'], encoding_format });
      const vectors = data.map((item) => (typeof item.embedding === 'string' ? [...new Float32Array(new Uint8Array(Buffer.from(item.embedding, 'base64')).buffer)] : item.embedding));
      assert.deepEqual(vectors, [[0.25, -0.5], [1.25, -0.5]], `${name}, ${encoding_format}`);
      assert.deepEqual(data.map((item) => item.index), [0, 1]);
      assert.equal(usage.prompt_tokens, name === 'gemini' ? 0 : 7);
      assert.equal(typeof data[0].embedding, encoding_format === 'base64' ? 'string' : 'object');
    }
  }
});

test('completions: to a provider that has them the body goes as it came', async () => {
  const whole = await client.completions.create({ model: all.openai.model, prompt: 'Hi', suffix: 'x' });
  assert.equal(whole.choices[0].text, ' after Hi');
  assert.deepEqual(all.openai.last().body, { model: 'gpt-fake', prompt: 'Hi', suffix: 'x' });
  let text = '';
  for await (const chunk of await client.completions.create({ model: all.openai.model, prompt: 'Hi', stream: true })) text += chunk.choices[0]?.text ?? '';
  assert.equal(text, ' after Hi');
});

test('what passes as it is: moderations, files, audio, images', async () => {
  const there = client.withOptions({ defaultHeaders: { 'x-edge-provider': 'openai' } });
  assert.equal((await there.moderations.create({ input: 'Hi' })).results[0].flagged, false);
  const file = await there.files.create({ file: await toFile(Buffer.from('{"a":1}\n'), 'notes.jsonl'), purpose: 'batch' });
  assert.equal(file.id, 'file_1');
  const upload = all.openai.last();
  assert.match(upload.headers['content-type'], /^multipart\/form-data; ?boundary=/);
  assert.match(upload.raw.toString(), /name="purpose"\r\n\r\nbatch\r\n/);
  assert.match(upload.raw.toString(), /filename="notes.jsonl"\r\n[^]*\r\n\r\n\{"a":1\}\n\r\n/);
  assert.equal((await there.files.retrieve('file_1')).id, 'file_1');
  assert.equal((await there.files.delete('file_1')).deleted, true);
  const audio = await toFile(Buffer.alloc(100_000, 7), 'speech.mp3');
  assert.equal((await client.audio.transcriptions.create({ file: audio, model: 'openai/whisper-1' })).text, 'heard something');
  assert.match(all.openai.last().raw.toString('latin1'), /name="model"\r\n\r\nwhisper-1\r\n/);
  const { data } = await client.images.generate({ model: 'openai/gpt-image-1', prompt: 'A cat' });
  assert.equal(data[0].b64_json, 'aW1hZ2U=');
  assert.deepEqual(all.openai.last().body, { model: 'gpt-image-1', prompt: 'A cat' });
  await assert.rejects(there.files.retrieve('file_2'), OpenAI.NotFoundError);
});

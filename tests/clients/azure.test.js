// OpenAI's own client for Node as a client of Azure: deployments in the path, api-version in the query, the key in api-key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { completion, json, simulator, startGateway, startProvider, weatherProvider } from './gateway.js';

const auth = 'auth:\n  api_keys: [sk-client]\n';
const apiVersion = '2024-10-21';
const client = (gateway, more = {}) => new AzureOpenAI({ endpoint: gateway.url, apiKey: 'sk-client', apiVersion, maxRetries: 0, ...more });
const hello = [{ role: 'user', content: 'Good morning' }];

test('azure: chat, streamed and not, of a deployment that the client or the request names', async (t) => {
  const gateway = await startGateway(t, simulator + auth);
  for (const [azure, model] of [[client(gateway), 'simulator/echo'], [client(gateway, { deployment: 'simulator/echo' }), 'whatever']]) {
    const answer = await azure.chat.completions.create({ model, messages: hello });
    assert.equal(answer.choices[0].message.content, 'Good morning');
    let text = '';
    let events = 0;
    for await (const event of await azure.chat.completions.create({ model, messages: hello, stream: true })) {
      events++;
      text += event.choices[0]?.delta.content ?? '';
    }
    assert.equal(text, 'Good morning');
    assert.ok(events > 3, `only ${events} events`);
  }
});

test('azure: what a provider gets is a request of its own', async (t) => {
  const provider = await startProvider(t, (body, response) => json(response, completion({ content: 'Hello there' })));
  const azure = client(await startGateway(t, provider.yaml + auth), { deployment: 'openai/gpt-4o-mini' });
  await azure.chat.completions.create({ messages: hello, x_future: [1] });
  const [asked] = provider.requests;
  assert.equal(asked.path, '/v1/chat/completions');
  assert.deepEqual(asked.body, { model: 'gpt-4o-mini', messages: hello, x_future: [1] });
  assert.equal(asked.headers.authorization, 'Bearer sk-upstream');
  assert.equal(asked.headers['api-key'], undefined);
});

test('azure: a token in place of a key', async (t) => {
  const gateway = await startGateway(t, simulator + auth);
  const azure = (token) => client(gateway, { apiKey: undefined, azureADTokenProvider: async () => token });
  assert.equal((await azure('sk-client').chat.completions.create({ model: 'simulator/echo', messages: hello })).choices[0].message.content, 'Good morning');
  await assert.rejects(azure('sk-other').chat.completions.create({ model: 'simulator/echo', messages: hello }), OpenAI.AuthenticationError);
});

for (const stream of [false, true]) {
  test(`azure: runTools, ${stream ? 'streamed' : 'whole'}`, async (t) => {
    const provider = await startProvider(t, weatherProvider);
    const azure = client(await startGateway(t, provider.yaml + auth));
    const tools = [{
      type: 'function',
      function: {
        name: 'get_weather', description: 'The weather of a city.', parse: JSON.parse,
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
        function: ({ city }) => `21 C in ${city}`,
      },
    }];
    const runner = azure.chat.completions.runTools({ model: 'gpt-4o-mini', stream, messages: [{ role: 'user', content: 'Call get_weather for Paris.' }], tools });
    assert.match(await runner.finalContent(), /21 C in/);
  });
}

test('azure: structured output', async (t) => {
  const azure = client(await startGateway(t, simulator + auth));
  const City = z.object({ name: z.string(), people: z.number().int() });
  const answer = await azure.chat.completions.parse({ model: 'simulator/echo', messages: hello, response_format: zodResponseFormat(City, 'city') });
  assert.ok(City.safeParse(answer.choices[0].message.parsed).success);
});

test('azure: responses and models, which belong to no deployment', async (t) => {
  const azure = client(await startGateway(t, simulator + auth));
  assert.equal((await azure.responses.create({ model: 'simulator/echo', input: 'Good morning' })).output_text, 'Good morning');
  const ids = [];
  for await (const model of azure.models.list()) ids.push(model.id);
  assert.ok(ids.some((id) => id.startsWith('simulator')), ids.join());
});

test('azure: embeddings and legacy completions', async (t) => {
  const provider = await startProvider(t, ({ input, prompt, model }, response) => json(response, input
    ? { object: 'list', model, data: [{ object: 'embedding', index: 0, embedding: [0.5, -2] }], usage: { prompt_tokens: 1, total_tokens: 1 } }
    : { id: 'cmpl-1', object: 'text_completion', created: 1, model, choices: [{ index: 0, text: prompt, logprobs: null, finish_reason: 'stop' }] }));
  const azure = client(await startGateway(t, provider.yaml + auth));
  assert.deepEqual((await azure.embeddings.create({ model: 'gpt-4o-mini', input: 'a', encoding_format: 'float' })).data[0].embedding, [0.5, -2]);
  assert.equal((await azure.completions.create({ model: 'gpt-4o-mini', prompt: 'once' })).choices[0].text, 'once');
  assert.deepEqual(provider.requests.map(({ path, body }) => [path, body.model]), [['/v1/embeddings', 'gpt-4o-mini'], ['/v1/completions', 'gpt-4o-mini']]);
});

test('azure: speech and pictures', async (t) => {
  const provider = await startProvider(t, ({ input, prompt }, response) => {
    if (prompt) return json(response, { created: 1, data: [{ b64_json: 'AAAA' }] });
    response.writeHead(200, { 'content-type': 'audio/mpeg' });
    response.end(input);
  });
  const azure = client(await startGateway(t, provider.yaml + auth), { deployment: 'gpt-4o-mini' });
  assert.equal(await (await azure.audio.speech.create({ input: 'sound', voice: 'alloy' })).text(), 'sound');
  assert.equal((await azure.images.generate({ prompt: 'cat' })).data[0].b64_json, 'AAAA');
  assert.deepEqual(provider.requests.map(({ path, body }) => [path, body.model]), [['/v1/audio/speech', 'gpt-4o-mini'], ['/v1/images/generations', 'gpt-4o-mini']]);
});

test('azure: an upload without a model gets the deployment\'s', async (t) => {
  let form;
  const provider = await startProvider(t, () => assert.fail('no JSON is sent'), (bytes, response) => {
    form = bytes.toString('latin1');
    json(response, { text: 'hi' });
  });
  const azure = client(await startGateway(t, provider.yaml + auth), { deployment: 'gpt-4o-mini' });
  assert.equal((await azure.audio.transcriptions.create({ file: await toFile(Buffer.alloc(1000, 1), 'a.wav') })).text, 'hi');
  assert.match(form, /name="model"\r\n\r\ngpt-4o-mini\r\n/);
});

test('azure: errors are the client\'s own classes', async (t) => {
  const provider = await startProvider(t, (body, response) => json(response, { error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } }, 429));
  const azure = client(await startGateway(t, provider.yaml + auth));
  await assert.rejects(azure.chat.completions.create({ model: 'gpt-4o-mini', messages: hello }), (error) => error instanceof OpenAI.RateLimitError && error.code === 'rate_limit_exceeded');
  await assert.rejects(azure.chat.completions.create({ model: 'none', messages: hello }), (error) => error instanceof OpenAI.NotFoundError && error.code === 'MODEL_NOT_FOUND');
  await assert.rejects(azure.chat.completions.create({ model: 'gpt-4o-mini', messages: [] }), OpenAI.BadRequestError);
});

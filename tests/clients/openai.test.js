// OpenAI's own client for Node, unmodified but for its base URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { completion, chunk, json, simulator, startEvents, startGateway, startProvider, weatherProvider } from './gateway.js';

const client = (gateway) => new OpenAI({ baseURL: gateway.baseURL, apiKey: 'sk-client', maxRetries: 0 });
const hello = [{ role: 'user', content: 'Good morning, gateway' }];
const weather = {
  type: 'function',
  function: {
    name: 'get_weather', description: 'The weather of a city.', parse: JSON.parse,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
    function: ({ city }) => `21 C in ${city}`,
  },
};

test('openai: chat before the simulator', async (t) => {
  const openai = client(await startGateway(t, simulator));
  const answer = await openai.chat.completions.create({ model: 'simulator/echo', messages: hello });
  assert.equal(answer.choices[0].message.content, 'Good morning, gateway');
  assert.equal(answer.choices[0].finish_reason, 'stop');
  assert.ok(answer.usage.total_tokens > 0);
});

test('openai: streaming before the simulator', async (t) => {
  const openai = client(await startGateway(t, simulator));
  const stream = await openai.chat.completions.create({ model: 'simulator/echo', messages: hello, stream: true, stream_options: { include_usage: true } });
  let text = '';
  let events = 0;
  let usage;
  let cost;
  for await (const event of stream) {
    events++;
    text += event.choices[0]?.delta.content ?? '';
    usage = event.usage ?? usage;
    cost = event.x_edge?.cost_usd ?? cost;
  }
  assert.equal(cost, '0');
  assert.equal(text, 'Good morning, gateway');
  assert.ok(events > 3, `only ${events} events`);
  assert.ok(usage.total_tokens > 0);
});

test('openai: the stream helper', async (t) => {
  const openai = client(await startGateway(t, simulator));
  const final = await openai.chat.completions.stream({ model: 'simulator/echo', messages: hello }).finalChatCompletion();
  assert.equal(final.choices[0].message.content, 'Good morning, gateway');
});

test('openai: structured output with zod before the simulator', async (t) => {
  const openai = client(await startGateway(t, simulator));
  const City = z.object({ name: z.string(), people: z.number().int(), coastal: z.boolean(), tags: z.array(z.string()) });
  const answer = await openai.chat.completions.parse({ model: 'simulator/echo', messages: hello, response_format: zodResponseFormat(City, 'city') });
  assert.ok(City.safeParse(answer.choices[0].message.parsed).success);
});

test('openai: models', async (t) => {
  const provider = await startProvider(t, weatherProvider);
  const openai = client(await startGateway(t, provider.yaml));
  const ids = [];
  for await (const model of openai.models.list()) ids.push(model.id);
  assert.ok(ids.includes('gpt-4o-mini') && ids.includes('openai/gpt-4o-mini'), ids.join());
  assert.equal((await openai.models.retrieve('openai/gpt-4o-mini')).owned_by, 'openai');
});

for (const [name, model] of [['the simulator', 'simulator/echo'], ['a provider', 'gpt-4o-mini']]) {
  for (const stream of [false, true]) {
    test(`openai: runTools before ${name}, ${stream ? 'streamed' : 'whole'}`, async (t) => {
      const provider = await startProvider(t, weatherProvider);
      const openai = client(await startGateway(t, provider.yaml + '  simulator: {}\n'));
      const runner = openai.chat.completions.runTools({ model, stream, messages: [{ role: 'user', content: 'Call get_weather for Paris.' }], tools: [weather] });
      const text = await runner.finalContent();
      assert.match(text, /21 C in/);
      const roles = runner.messages.map((message) => message.role);
      assert.deepEqual(roles, ['user', 'assistant', 'tool', 'assistant']);
    });
  }
}

test('openai: the body reaches the provider without the extension fields, the rest as it was', async (t) => {
  const provider = await startProvider(t, weatherProvider);
  const openai = client(await startGateway(t, provider.yaml));
  await openai.chat.completions.create({
    model: 'openai/gpt-4o-mini', messages: hello, temperature: 0.5, x_future: { a: [1, null] },
    routing: { providers: ['openai'] }, cache: { ttl: 60 }, safety: { piiDetection: false }, budget: { maxCostPerRequest: 0.1 },
  });
  assert.deepEqual(provider.requests[0].body, { model: 'gpt-4o-mini', messages: hello, temperature: 0.5, x_future: { a: [1, null] } });
  assert.equal(provider.requests[0].headers.authorization, 'Bearer sk-upstream');
});

test('openai: errors are the client\'s own classes', async (t) => {
  const provider = await startProvider(t, (body, response) => {
    json(response, { error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } }, 429, { 'retry-after': '3' });
  });
  const openai = client(await startGateway(t, provider.yaml));
  await assert.rejects(openai.chat.completions.create({ model: 'gpt-4o-mini', messages: hello }), (error) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, 'rate_limit_exceeded');
    assert.equal(error.headers.get('retry-after'), '3');
    return true;
  });
  await assert.rejects(openai.chat.completions.create({ model: 'none', messages: hello }), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'MODEL_NOT_FOUND');
    assert.equal(error.param, 'model');
    return true;
  });
  await assert.rejects(openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [] }), OpenAI.BadRequestError);
});

test('openai: a key that is wrong', async (t) => {
  const openai = client(await startGateway(t, `${simulator}auth:\n  api_keys: [sk-other]\n`));
  await assert.rejects(openai.models.list(), OpenAI.AuthenticationError);
});

test('openai: a stream that the provider breaks off raises an error', async (t) => {
  const provider = await startProvider(t, (body, response) => {
    const event = startEvents(response);
    event(chunk({ role: 'assistant', content: 'Hel' }));
    setImmediate(() => response.destroy());
  });
  const openai = client(await startGateway(t, provider.yaml));
  await assert.rejects(async () => {
    for await (const event of await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, stream: true })) assert.ok(event);
  }, OpenAI.APIError);
});

test('openai: an aborted stream ends at the provider', async (t) => {
  const provider = await startProvider(t, (body, response) => startEvents(response)(chunk({ role: 'assistant', content: 'Hello' })));
  const openai = client(await startGateway(t, provider.yaml));
  const stream = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, stream: true });
  for await (const event of stream) {
    assert.equal(event.choices[0].delta.content, 'Hello');
    stream.controller.abort();
  }
  await provider.requests[0].closed;
});

test('openai: unknown members of an answer survive', async (t) => {
  const provider = await startProvider(t, (body, response) => json(response, { ...completion({ content: 'Hi' }), x_future: { a: 1 } }));
  const openai = client(await startGateway(t, provider.yaml));
  const answer = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: hello });
  assert.deepEqual(answer.x_future, { a: 1 });
});

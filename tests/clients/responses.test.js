// OpenAI's Responses by OpenAI's own client: passed through to OpenAI, translated for everybody else.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { startAll } from './fakes/index.js';
import { startOpenAi } from './fakes/responses.js';

const all = await startAll({ after }, [startOpenAi]);
const client = new OpenAI({ baseURL: all.gateway.baseURL, apiKey: 'sk-client', maxRetries: 0 });

const names = ['openai', 'anthropic', 'gemini', 'chat', 'bedrock', 'cohere', 'ollama'];
const translated = names.filter((name) => name !== 'openai');
const hello = 'Hello there \u{1F600} "q"\n';
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };
const tools = [
  { type: 'function', name: 'get_weather', description: 'The weather of a city.', strict: true, parameters },
  { type: 'function', name: 'get_time', strict: false, parameters: { type: 'object', properties: {} } },
];

async function answer(params, streamed) {
  if (!streamed) return client.responses.create(params);
  const stream = client.responses.stream(params);
  let text = '';
  const kinds = [];
  const calls = {};
  let sequence = -1;
  stream.on('event', (event) => {
    kinds.push(event.type);
    assert.ok(event.sequence_number === undefined || event.sequence_number > sequence, `${event.type} has number ${event.sequence_number} after ${sequence}`);
    sequence = event.sequence_number;
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (event.type === 'response.function_call_arguments.delta') calls[event.output_index] = (calls[event.output_index] ?? '') + event.delta;
  });
  const final = await stream.finalResponse();
  assert.equal(text, final.output_text);
  final.output.forEach((item, index) => {
    if (item.type === 'function_call') assert.equal(calls[index], item.arguments);
  });
  assert.equal(kinds[0], 'response.created');
  assert.equal(kinds.at(-1), 'response.completed');
  return final;
}

for (const name of names) {
  const { model } = all[name];
  for (const streamed of [false, true]) {
    const how = `${name}, ${streamed ? 'streamed' : 'whole'}`;

    test(`responses: text before ${how}`, async () => {
      const response = await answer({ model, instructions: 'Be brief.', input: 'Hi' }, streamed);
      assert.equal(response.output_text, hello);
      assert.equal(response.status, 'completed');
      assert.equal(response.usage.input_tokens, 20);
      assert.equal(response.usage.input_tokens_details.cached_tokens, all[name].cached);
      assert.equal(response.usage.output_tokens, 5);
      assert.equal(response.usage.total_tokens, 25);
    });

    test(`responses: the loop of tools before ${how}`, async () => {
      const input = [{ role: 'user', content: 'think: weather and time?' }];
      const params = { model, input, tools, store: false, include: ['reasoning.encrypted_content'], reasoning: { effort: 'medium', summary: 'auto' } };
      const first = await answer(params, streamed);
      const calls = first.output.filter((item) => item.type === 'function_call');
      assert.deepEqual(calls.map((call) => [call.name, JSON.parse(call.arguments)]), [['get_weather', { city: 'Zürich "1"' }], ['get_time', {}]]);
      if (name !== 'chat') {
        const reasoning = first.output.find((item) => item.type === 'reasoning');
        assert.equal(reasoning.summary.map((part) => part.text).join(''), 'Let me think.');
      }
      input.push(...first.output, ...calls.map((call, at) => ({ type: 'function_call_output', call_id: call.call_id, output: `result ${at}` })));
      const second = await answer(params, streamed);
      assert.equal(second.output_text, 'It is result 0 and result 1.');
    });

    test(`responses: structured output before ${how}`, async () => {
      const format = zodTextFormat(z.object({ name: z.string(), people: z.number() }), 'city');
      const params = { model, input: 'A city', text: { format } };
      const { output_parsed } = streamed ? await client.responses.stream(params).finalResponse() : await client.responses.parse(params);
      assert.deepEqual(output_parsed, { name: 'Paris', people: 2 });
    });
  }

  test(`responses: errors before ${name}`, async () => {
    await assert.rejects(client.responses.create({ model, input: 'fail' }), (error) => {
      assert.ok(error instanceof OpenAI.RateLimitError);
      assert.equal(error.message, '429 Slow down.');
      assert.ok(error.requestID);
      return true;
    });
    for (const input of ['late', 'cut']) {
      await assert.rejects(async () => {
        for await (const event of await client.responses.create({ model, input, stream: true })) assert.ok(event);
      }, (error) => error instanceof OpenAI.APIError && /\w/.test(error.message) && Boolean(error.code), `${name}, ${input}`);
      await assert.rejects(client.responses.stream({ model, input }).finalResponse(), OpenAI.OpenAIError, `${name}, ${input}, the helper`);
    }
  });

  test(`responses: an aborted stream ends at ${name}`, async () => {
    const stream = await client.responses.create({ model, input: 'hang', stream: true });
    for await (const event of stream) if (event.type === 'response.output_text.delta') stream.controller.abort();
    await all[name].last().closed;
  });
}

test('responses: what needs a memory is refused where there is none', async () => {
  for (const name of translated) {
    for (const [field, value] of [['previous_response_id', 'resp_1'], ['background', true], ['conversation', 'conv_1']]) {
      await assert.rejects(client.responses.create({ model: all[name].model, input: 'Hi', [field]: value }), (error) => {
        assert.ok(error instanceof OpenAI.BadRequestError, `${name}, ${field}: ${error}`);
        assert.equal(error.param, field);
        return true;
      });
    }
  }
});

test('responses: to OpenAI the body goes as it came, but for the model\'s name', async () => {
  const bodies = [];
  const spying = new OpenAI({
    baseURL: all.gateway.baseURL, apiKey: 'sk-client', maxRetries: 0,
    fetch: (url, init) => {
      bodies.push(init.body);
      return fetch(url, init);
    },
  });
  const params = { model: all.openai.model, input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hé' }] }], tools: [...tools, { type: 'web_search' }], previous_response_id: 'resp_1', x_future: [1, 2.5] };
  const whole = await spying.responses.create(params);
  assert.equal(all.openai.last().raw.toString(), bodies[0].replace('"openai/gpt-fake"', '"gpt-fake"'));
  assert.deepEqual(whole.x_future, { a: 1 });
  assert.equal(whole._request_id, 'req_fake');
  for await (const event of await spying.responses.create({ ...params, stream: true })) assert.ok(event.type);
  assert.equal(all.openai.last().raw.toString(), bodies[1].replace('"openai/gpt-fake"', '"gpt-fake"'));
});

test('responses: stored ones are read, cancelled and deleted at the provider', async () => {
  const there = client.withOptions({ defaultHeaders: { 'x-edge-provider': 'openai' } });
  assert.equal((await there.responses.retrieve('resp_1')).status, 'completed');
  assert.equal((await there.responses.cancel('resp_1')).status, 'cancelled');
  await there.responses.delete('resp_1');
  assert.equal(all.openai.last().method, 'DELETE');
  await assert.rejects(there.responses.retrieve('resp_2'), OpenAI.NotFoundError);
  await assert.rejects(client.responses.retrieve('resp_1', undefined, { headers: { 'x-edge-provider': 'gemini' } }), OpenAI.NotFoundError);
});

test('responses: the simulator', async () => {
  for (const streamed of [false, true]) {
    const response = await answer({ model: 'simulator/echo', input: 'Good morning, gateway' }, streamed);
    assert.equal(response.output_text, 'Good morning, gateway');
  }
});

// Anthropic's own client for Node, unmodified but for its base URL, before a fake of every dialect.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { startAll } from './fakes/index.js';
import { image, signature } from './fakes/server.js';
import { startGateway } from './gateway.js';

const all = await startAll({ after });
const client = new Anthropic({ baseURL: all.gateway.url, apiKey: 'sk-client', maxRetries: 0 });

const names = ['anthropic', 'chat', 'gemini', 'bedrock', 'cohere', 'ollama', 'azure', 'azure-deployments'];
const thinkers = ['anthropic', 'gemini', 'bedrock', 'cohere', 'ollama'];
const signers = ['anthropic', 'gemini', 'bedrock'];
const hello = 'Hello there \u{1F600} "q"\n';
const ask = (fake, text, more = {}) => ({ model: fake.model, max_tokens: 2048, messages: [{ role: 'user', content: text }], ...more });
const tools = [
  { name: 'get_weather', description: 'The weather of a city.', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
  { name: 'get_time', input_schema: { type: 'object', properties: {} } },
];
const thinking = { type: 'enabled', budget_tokens: 1024 };

/** The answer of one call, whole or by the helper for streams, whose events must agree with it. */
async function answer(params, streamed) {
  if (!streamed) return client.messages.create(params);
  const stream = client.messages.stream(params);
  let text = '';
  let thought = '';
  const kinds = [];
  stream.on('text', (piece) => (text += piece)).on('thinking', (piece) => (thought += piece)).on('streamEvent', (event) => kinds.push(event.type));
  const message = await stream.finalMessage();
  assert.equal(text, message.content.filter((b) => b.type === 'text').map((b) => b.text).join(''));
  assert.equal(thought, message.content.filter((b) => b.type === 'thinking').map((b) => b.thinking).join(''));
  assert.equal(kinds[0], 'message_start');
  assert.deepEqual(kinds.slice(-2), ['message_delta', 'message_stop']);
  return message;
}

for (const name of names) {
  for (const streamed of [false, true]) {
    const how = `${name}, ${streamed ? 'streamed' : 'whole'}`;

    test(`anthropic: text before ${how}`, async () => {
      const message = await answer(ask(all[name], 'Hi', { system: 'Be brief.' }), streamed);
      assert.deepEqual(message.content.map(({ type, text }) => ({ type, text })), [{ type: 'text', text: hello }]);
      assert.equal(message.stop_reason, 'end_turn');
      assert.equal(message.role, 'assistant');
      assert.equal(message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0), 20);
      assert.equal(message.usage.cache_read_input_tokens ?? 0, all[name].cached);
      assert.equal(message.usage.output_tokens, 5);
    });

    test(`anthropic: parallel tools, one without arguments, before ${how}`, async () => {
      const params = ask(all[name], 'Weather and time?', { tools });
      const first = await answer(params, streamed);
      assert.equal(first.stop_reason, 'tool_use');
      const uses = first.content.filter((block) => block.type === 'tool_use');
      assert.deepEqual(uses.map(({ name: called, input }) => [called, input]), [['get_weather', { city: 'Zürich "1"' }], ['get_time', {}]]);
      assert.equal(new Set(uses.map((use) => use.id)).size, 2);
      params.messages.push(
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: uses[0].id, content: '21 C' }, { type: 'tool_result', tool_use_id: uses[1].id, content: [{ type: 'text', text: 'noon' }] }] });
      const second = await answer(params, streamed);
      assert.equal(second.content[0].text, 'It is 21 C and noon.');
      assert.equal(second.stop_reason, 'end_turn');
    });
  }

  test(`anthropic: an image in a message and in a tool's result before ${name}`, async () => {
    const source = { type: 'base64', media_type: image.type, data: image.base64 };
    const seen = await answer(ask(all[name], [{ type: 'text', text: 'What is it?' }, { type: 'image', source }]), false);
    assert.equal(seen.content[0].text, 'I see image/png.');
    const params = ask(all[name], 'Weather?', { tools: [tools[0]] });
    const first = await answer(params, false);
    const use = first.content.find((block) => block.type === 'tool_use');
    params.messages.push({ role: 'assistant', content: first.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: [{ type: 'text', text: 'A map' }, { type: 'image', source }] }] });
    if (name === 'cohere') {
      await assert.rejects(answer(params, true), /tool_result.*Cohere's tool results hold no images/);
      return;
    }
    const second = await answer(params, true);
    assert.match(second.content[0].text, /^It is .*A map.*image\/png/s);
  });

  test(`anthropic: errors before ${name}`, async () => {
    await assert.rejects(client.messages.create(ask(all[name], 'fail')), (error) => {
      assert.ok(error instanceof Anthropic.RateLimitError, String(error));
      assert.equal(error.status, 429);
      assert.equal(error.error.type, 'error');
      assert.equal(error.error.error.type, 'rate_limit_error');
      assert.equal(error.error.error.message, 'Slow down.');
      assert.ok(error.requestID);
      assert.equal(error.headers.get('retry-after'), '3');
      return true;
    });
    for (const fault of ['late', 'cut']) {
      await assert.rejects(client.messages.stream(ask(all[name], fault)).finalMessage(), (error) => {
        assert.ok(error instanceof Anthropic.APIError, `${fault}: ${error}`);
        assert.equal(error.error?.error?.type ?? error.type, fault === 'cut' || !['anthropic', 'gemini', 'bedrock'].includes(name) ? 'api_error' : name === 'bedrock' ? 'rate_limit_error' : 'overloaded_error');
        return true;
      });
    }
  });

  test(`anthropic: an aborted stream ends at ${name}`, async () => {
    const stream = client.messages.stream(ask(all[name], 'hang'));
    stream.on('text', () => stream.abort());
    await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
    await all[name].last().closed;
  });

  test(`anthropic: tokens are counted before ${name}`, async (t) => {
    const { max_tokens, ...params } = ask(all[name], 'How many tokens is this?', { tools });
    const { data, response } = await client.messages.countTokens(params).withResponse();
    assert.ok(max_tokens);
    if (name === 'anthropic') assert.equal(data.input_tokens, 4711);
    else {
      assert.equal(response.headers.get('x-edge-estimated'), 'true');
      assert.ok(data.input_tokens > 10 && data.input_tokens < 1000, String(data.input_tokens));
    }
  });
}

for (const name of thinkers) {
  for (const streamed of [false, true]) {
    test(`anthropic: thinking and its signature, replayed before ${name}, ${streamed ? 'streamed' : 'whole'}`, async () => {
      const plain = await answer(ask(all[name], 'think', { thinking }), streamed);
      assert.deepEqual(plain.content.map((block) => block.thinking ?? block.text), ['Let me think.', hello]);
      const params = ask(all[name], 'think', { thinking, tools });
      const first = await answer(params, streamed);
      assert.equal(first.content[0].type, 'thinking');
      if (signers.includes(name)) assert.ok(first.content.some((block) => block.signature?.endsWith(signature)), JSON.stringify(first.content));
      const results = first.content.filter((block) => block.type === 'tool_use').map((use) => ({ type: 'tool_result', tool_use_id: use.id, content: 'fine' }));
      assert.equal(results.length, 2);
      params.messages.push({ role: 'assistant', content: first.content }, { role: 'user', content: results });
      const second = await answer(params, streamed);
      assert.equal(second.content.at(-1).text, 'It is fine and fine.');
    });
  }
}

test('anthropic: to Anthropic the body goes as it came, but for the model\'s name', async () => {
  const bodies = [];
  const spying = new Anthropic({
    baseURL: all.gateway.url, apiKey: 'sk-client', maxRetries: 0,
    fetch: (url, init) => {
      bodies.push(init.body);
      return fetch(url, init);
    },
  });
  const params = ask(all.anthropic, 'Hi', {
    tools, system: [{ type: 'text', text: 'S\u00e9', cache_control: { type: 'ephemeral' } }], metadata: { user_id: 'u1' }, x_future: { a: [1, 2.50, null] },
  });
  const message = await spying.messages.create(params);
  assert.equal(all.anthropic.last().raw.toString(), bodies[0].replace('"anthropic/claude-fake"', '"claude-fake"'));
  assert.deepEqual(message.x_future, { a: 1 });
  await spying.messages.stream(params).finalMessage();
  assert.equal(all.anthropic.last().raw.toString(), bodies[1].replace('"anthropic/claude-fake"', '"claude-fake"'));
  await spying.beta.messages.create({ ...params, betas: ['files-api-2025-04-14'] });
  assert.equal(all.anthropic.last().headers['anthropic-beta'], 'files-api-2025-04-14');
  assert.equal(all.anthropic.last().headers['x-api-key'], 'sk-anthropic');
});

test('anthropic: structured output', async () => {
  const schema = { type: 'object', properties: { name: { type: 'string' }, people: { type: 'integer' } }, required: ['name', 'people'], additionalProperties: false };
  for (const name of names) {
    const message = await client.messages.create(ask(all[name], 'A city', { output_config: { format: { type: 'json_schema', schema } } }));
    assert.deepEqual(JSON.parse(message.content.find((block) => block.type === 'text').text), { name: 'Paris', people: 2 }, name);
  }
});

test('anthropic: the gateway\'s own errors', async (t) => {
  const { url } = await startGateway(t, 'providers:\n  openai:\n    url: http://127.0.0.1:9\n    api_key: sk\n    models: [gpt-4o-mini]\n');
  const there = client.withOptions({ baseURL: url });
  await assert.rejects(there.messages.create({ ...ask(all.chat, 'Hi'), model: 'none' }), (error) => {
    assert.ok(error instanceof Anthropic.NotFoundError);
    assert.equal(error.error.error.type, 'not_found_error');
    assert.ok(error.requestID);
    return true;
  });
  await assert.rejects(client.messages.create({ ...ask(all.chat, 'Hi'), messages: 'Hi' }), Anthropic.BadRequestError);
  await assert.rejects(client.messages.create(ask(all.chat, [{ type: 'no_such_block' }])), (error) => {
    assert.ok(error instanceof Anthropic.BadRequestError);
    assert.match(error.message, /messages\.0\.content\.0/);
    return true;
  });
});

test('anthropic: models', async () => {
  const ids = [];
  for await (const model of client.models.list()) {
    assert.equal(model.type, 'model');
    assert.equal(typeof model.display_name, 'string');
    assert.ok(!Number.isNaN(Date.parse(model.created_at)), model.created_at);
    ids.push(model.id);
  }
  assert.ok(ids.length > 0);
  assert.equal((await client.models.retrieve(ids[0])).id, ids[0]);
});

test('anthropic: the simulator', async () => {
  const model = { model: 'simulator/echo' };
  for (const streamed of [false, true]) {
    const message = await answer(ask(model, 'Good morning, gateway'), streamed);
    assert.equal(message.content[0].text, 'Good morning, gateway');
    assert.ok(message.usage.output_tokens > 0);
    const params = ask(model, 'Call get_weather for Paris.', { tools: [tools[0]] });
    const first = await answer(params, streamed);
    const use = first.content.find((block) => block.type === 'tool_use');
    assert.equal(use.name, 'get_weather');
    params.messages.push({ role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: '21 C' }] });
    assert.match((await answer(params, streamed)).content[0].text, /21 C/);
  }
});

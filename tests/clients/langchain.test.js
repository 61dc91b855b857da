// LangChain's OpenAI chat model, unmodified but for its base URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod/v3';
import { json, simulator, startGateway, startProvider, weatherProvider } from './gateway.js';

const chat = (gateway, model, more = {}) =>
  new ChatOpenAI({ model, apiKey: 'sk-client', maxRetries: 0, configuration: { baseURL: gateway.baseURL }, ...more });
const getWeather = tool(async ({ city }) => `21 C in ${city}`, {
  name: 'get_weather', description: 'The weather of a city.', schema: z.object({ city: z.string() }),
});

test('langchain: a message before the simulator', async (t) => {
  const answer = await chat(await startGateway(t, simulator), 'simulator/echo').invoke('Good morning, gateway');
  assert.equal(answer.content, 'Good morning, gateway');
  assert.ok(answer.usage_metadata.total_tokens > 0);
});

test('langchain: a stream before the simulator', async (t) => {
  const pieces = [];
  for await (const piece of await chat(await startGateway(t, simulator), 'simulator/echo').stream('Good morning, gateway')) pieces.push(piece.content);
  assert.equal(pieces.join(''), 'Good morning, gateway');
  assert.ok(pieces.length > 3);
});

test('langchain: structured output before the simulator', async (t) => {
  const schema = z.object({ name: z.string(), people: z.number() });
  const model = chat(await startGateway(t, simulator), 'simulator/echo').withStructuredOutput(schema, { name: 'city', method: 'jsonSchema' });
  assert.ok(schema.safeParse(await model.invoke('A city')).success);
});

test('langchain: tools before a provider', async (t) => {
  const provider = await startProvider(t, weatherProvider);
  const model = chat(await startGateway(t, provider.yaml), 'gpt-4o-mini').bindTools([getWeather]);
  const messages = [new HumanMessage('The weather in Paris?')];
  const called = await model.invoke(messages);
  assert.equal(called.tool_calls.length, 1);
  assert.deepEqual(called.tool_calls[0].args, { city: 'Paris' });
  const result = await getWeather.invoke(called.tool_calls[0]);
  assert.ok(result instanceof ToolMessage);
  const answer = await model.invoke([...messages, called, result]);
  assert.match(answer.content, /21 C in Paris/);
});

test('langchain: an error of the provider', async (t) => {
  const provider = await startProvider(t, (body, response) =>
    json(response, { error: { message: 'Bad key.', type: 'invalid_request_error', param: null, code: 'invalid_api_key' } }, 401));
  const model = chat(await startGateway(t, provider.yaml), 'gpt-4o-mini');
  await assert.rejects(model.invoke('Hi'), (error) => error.status === 401 && /Bad key/.test(error.message));
});

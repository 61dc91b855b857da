// Vercel's AI SDK with its two OpenAI providers, unmodified but for their base URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { chunk, json, simulator, startEvents, startGateway, startProvider, weatherProvider } from './gateway.js';

const makers = {
  '@ai-sdk/openai': (gateway) => createOpenAI({ baseURL: gateway.baseURL, apiKey: 'sk-client' }).chat,
  '@ai-sdk/openai-compatible': (gateway) =>
    createOpenAICompatible({ name: 'edge', baseURL: gateway.baseURL, apiKey: 'sk-client', supportsStructuredOutputs: true }),
};
const get_weather = tool({
  description: 'The weather of a city.',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `21 C in ${city}`,
});

for (const [name, make] of Object.entries(makers)) {
  test(`${name}: text before the simulator`, async (t) => {
    const model = make(await startGateway(t, simulator));
    const answer = await generateText({ model: model('simulator/echo'), prompt: 'Good morning, gateway', maxRetries: 0 });
    assert.equal(answer.text, 'Good morning, gateway');
    assert.equal(answer.finishReason, 'stop');
    assert.ok(answer.usage.totalTokens > 0);
  });

  test(`${name}: a stream before the simulator`, async (t) => {
    const model = make(await startGateway(t, simulator));
    const answer = streamText({ model: model('simulator/echo'), prompt: 'Good morning, gateway', maxRetries: 0 });
    const pieces = [];
    for await (const piece of answer.textStream) pieces.push(piece);
    assert.equal(pieces.join(''), 'Good morning, gateway');
    assert.ok(pieces.length > 1);
    assert.equal(await answer.finishReason, 'stop');
  });

  test(`${name}: an object before the simulator`, async (t) => {
    const model = make(await startGateway(t, simulator));
    const schema = z.object({ name: z.string(), people: z.number() });
    const { object } = await generateObject({ model: model('simulator/echo'), schema, prompt: 'A city', maxRetries: 0 });
    assert.ok(schema.safeParse(object).success);
  });

  for (const streamed of [false, true]) {
    test(`${name}: tools before a provider, ${streamed ? 'streamed' : 'whole'}`, async (t) => {
      const provider = await startProvider(t, weatherProvider);
      const model = make(await startGateway(t, provider.yaml));
      const request = { model: model('gpt-4o-mini'), tools: { get_weather }, stopWhen: stepCountIs(3), prompt: 'The weather in Paris?', maxRetries: 0 };
      const text = streamed ? await streamText(request).text : (await generateText(request)).text;
      assert.match(text, /21 C in Paris/);
      assert.equal(provider.requests.length, 2);
    });
  }

  test(`${name}: an error of the provider`, async (t) => {
    const provider = await startProvider(t, (body, response) =>
      json(response, { error: { message: 'No such thing.', type: 'invalid_request_error', param: null, code: 'bad' } }, 400));
    const model = make(await startGateway(t, provider.yaml));
    await assert.rejects(generateText({ model: model('gpt-4o-mini'), prompt: 'Hi', maxRetries: 0 }), (error) => {
      assert.ok(APICallError.isInstance(error));
      assert.equal(error.statusCode, 400);
      assert.equal(error.message, 'No such thing.');
      return true;
    });
  });

  test(`${name}: a stream that the provider breaks off is an error`, async (t) => {
    const provider = await startProvider(t, (body, response) => {
      startEvents(response)(chunk({ role: 'assistant', content: 'Hel' }));
      setImmediate(() => response.destroy());
    });
    const model = make(await startGateway(t, provider.yaml));
    const errors = [];
    const answer = streamText({ model: model('gpt-4o-mini'), prompt: 'Hi', maxRetries: 0, onError: ({ error }) => errors.push(error) });
    await answer.consumeStream();
    assert.equal(errors.length, 1);
  });

  test(`${name}: an aborted stream ends at the provider`, async (t) => {
    const provider = await startProvider(t, (body, response) => startEvents(response)(chunk({ role: 'assistant', content: 'Hello' })));
    const model = make(await startGateway(t, provider.yaml));
    const abort = new AbortController();
    const answer = streamText({ model: model('gpt-4o-mini'), prompt: 'Hi', maxRetries: 0, abortSignal: abort.signal, onError() {} });
    for await (const piece of answer.textStream) {
      assert.equal(piece, 'Hello');
      abort.abort();
    }
    await provider.requests[0].closed;
  });
}

// Vercel's AI SDK speaking Anthropic's and OpenAI's own dialects (Responses is its default), before fakes of other ones.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { startAll } from './fakes/index.js';
import { startOpenAi } from './fakes/responses.js';

const all = await startAll({ after }, [startOpenAi]);
const makers = {
  '@ai-sdk/anthropic': createAnthropic({ baseURL: all.gateway.baseURL, apiKey: 'sk-client' }),
  '@ai-sdk/openai': createOpenAI({ baseURL: all.gateway.baseURL, apiKey: 'sk-client' }),
};
// Without it @ai-sdk/openai sends references in place of the items that it got, which only a provider with a memory can follow.
const providerOptions = { openai: { store: false } };
const hello = 'Hello there \u{1F600} "q"\n';
const tools = {
  get_weather: tool({ description: 'The weather of a city.', inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `21 C in ${city}` }),
  get_time: tool({ description: 'The time.', inputSchema: z.object({}), execute: async () => 'noon' }),
};
const reasoning = {
  '@ai-sdk/anthropic': { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } },
  '@ai-sdk/openai': { openai: { reasoningEffort: 'medium', reasoningSummary: 'auto', store: false, include: ['reasoning.encrypted_content'], forceReasoning: true } },
};

for (const [client, make] of Object.entries(makers)) {
  for (const name of ['anthropic', 'openai', 'chat', 'gemini', 'bedrock', 'cohere', 'ollama']) {
    const model = make(all[name].model);

    for (const streamed of [false, true]) {
      const how = `${client}: before ${name}, ${streamed ? 'streamed' : 'whole'}`;
      const run = async (params) => {
        const errors = [];
        if (!streamed) return generateText({ model, maxRetries: 0, ...params });
        const result = streamText({ model, maxRetries: 0, onError: ({ error }) => errors.push(error), ...params });
        await result.consumeStream();
        assert.deepEqual(errors, []);
        return { text: await result.text, reasoningText: await result.reasoningText, finishReason: await result.finishReason, usage: await result.totalUsage, steps: await result.steps };
      };

      test(`${how}: text`, async () => {
        const answer = await run({ prompt: 'Hi', system: 'Be brief.' });
        assert.equal(answer.text, hello);
        assert.equal(answer.finishReason, 'stop');
        assert.equal(answer.usage.inputTokens, 20);
        assert.equal(answer.usage.outputTokens, 5);
      });

      test(`${how}: tools`, async () => {
        const answer = await run({ prompt: 'Weather and time?', tools, stopWhen: stepCountIs(3), providerOptions });
        assert.equal(answer.text, 'It is 21 C in Zürich "1" and noon.');
        assert.equal(answer.steps.length, 2);
      });

      test(`${how}: tools with reasoning`, async () => {
        const answer = await run({ prompt: 'think: weather and time?', tools, stopWhen: stepCountIs(3), providerOptions: reasoning[client] });
        assert.equal(answer.text, 'It is 21 C in Zürich "1" and noon.');
        // Chat completions tell nothing of OpenAI's reasoning.
        const isSilent = name === 'chat' || (name === 'openai' && client === '@ai-sdk/anthropic');
        if (!isSilent) assert.equal(answer.steps[0].reasoningText, 'Let me think.');
      });
    }

    test(`${client}: before ${name}: an object`, async () => {
      const { object } = await generateObject({ model, maxRetries: 0, schema: z.object({ name: z.string(), people: z.number() }), prompt: 'A city' });
      assert.deepEqual(object, { name: 'Paris', people: 2 });
    });

    test(`${client}: before ${name}: errors`, async () => {
      await assert.rejects(generateText({ model, maxRetries: 0, prompt: 'fail' }), (error) => {
        assert.ok(APICallError.isInstance(error), String(error));
        assert.equal(error.statusCode, 429);
        assert.equal(error.message, 'Slow down.');
        return true;
      });
      for (const prompt of ['late', 'cut']) {
        const errors = [];
        const result = streamText({ model, maxRetries: 0, prompt, onError: ({ error }) => errors.push(error) });
        await result.consumeStream();
        assert.equal(errors.length, 1, prompt);
      }
    });
  }
}

test('@ai-sdk/openai: references to items are refused where nothing is kept, in words that help', async () => {
  const model = makers['@ai-sdk/openai'](all.cohere.model);
  await assert.rejects(generateText({ model, maxRetries: 0, prompt: 'Weather and time?', tools, stopWhen: stepCountIs(3) }), (error) => {
    assert.equal(error.statusCode, 400);
    assert.match(error.message, /^input\[1\]: Must not be an item_reference/);
    assert.match(error.message, /store/);
    return true;
  });
});

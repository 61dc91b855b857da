// The guard before official SDKs: the provider sees placeholders, the application its own values. And docs/guard.md, executed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { binary, chunk, completion, json, root, simulator, startEvents, startGateway, startProvider } from './gateway.js';

const run = promisify(execFile);
const page = readFileSync(join(root, 'docs', 'guard.md'), 'utf8');
const email = 'ann.lee@example.com';

// Says what it was asked, in pieces of two characters; asked for a tool, it calls it. https://platform.openai.com/docs/api-reference/chat-streaming
function echo(body, response) {
  const last = body.messages.at(-1).content;
  const text = typeof last === 'string' ? last : last.map((part) => part.text).join('');
  const tool = body.tools?.[0]?.function.name;
  const said = tool ? JSON.stringify({ to: /<EMAIL_\d+>/.exec(text)?.[0] }) : text;
  const finish = tool ? 'tool_calls' : 'stop';
  if (!body.stream) {
    const message = tool
      ? { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: tool, arguments: said } }] }
      : { role: 'assistant', content: said };
    json(response, completion(message, finish));
    return;
  }
  startEvents(response);
  const send = (delta, reason) => response.write(`data: ${JSON.stringify(chunk(delta, reason))}\n\n`);
  send(tool ? { role: 'assistant', tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: tool, arguments: '' } }] } : { role: 'assistant', content: '' });
  for (const piece of said.match(/[\s\S]{1,2}/g)) send(tool ? { tool_calls: [{ index: 0, function: { arguments: piece } }] } : { content: piece });
  send({}, finish);
  response.end('data: [DONE]\n\n');
}

async function start(t, more = '') {
  const provider = await startProvider(t, echo);
  const gateway = await startGateway(t, `${provider.yaml}security:\n  pii_detection: true\n${more}`);
  return { seen: provider.requests, gateway, openai: new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'unused', maxRetries: 0 }), anthropic: new Anthropic({ baseURL: gateway.url, apiKey: 'unused', maxRetries: 0 }) };
}

const tools = [{ type: 'function', function: { name: 'send', parameters: { type: 'object', properties: { to: { type: 'string' } } } } }];

test('guard: openai chat, whole and streamed, gets its own values back', async (t) => {
  const { openai, seen } = await start(t);
  const messages = [{ role: 'user', content: `Write to ${email} "soon"` }];
  const whole = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages });
  assert.equal(whole.choices[0].message.content, `Write to ${email} "soon"`);
  const stream = openai.chat.completions.stream({ model: 'gpt-4o-mini', messages });
  assert.equal((await stream.finalChatCompletion()).choices[0].message.content, `Write to ${email} "soon"`);
  const called = await openai.chat.completions.stream({ model: 'gpt-4o-mini', messages, tools }).finalChatCompletion();
  assert.deepEqual(JSON.parse(called.choices[0].message.tool_calls[0].function.arguments), { to: email });
  for (const { body } of seen) {
    assert.match(JSON.stringify(body), /<EMAIL_1>/);
    assert.doesNotMatch(JSON.stringify(body), /ann\.lee/);
  }
});

test('guard: anthropic messages over another dialect get theirs', async (t) => {
  const { anthropic, seen } = await start(t, 'models:\n  aliases:\n    a: openai/gpt-4o-mini\n');
  const message = await anthropic.messages.create({ model: 'a', max_tokens: 100, messages: [{ role: 'user', content: `Write to ${email}` }] });
  assert.equal(message.content[0].text, `Write to ${email}`);
  const streamed = await anthropic.messages.stream({ model: 'a', max_tokens: 100, messages: [{ role: 'user', content: `Write to ${email}` }] }).finalMessage();
  assert.equal(streamed.content[0].text, `Write to ${email}`);
  const used = await anthropic.messages
    .stream({ model: 'a', max_tokens: 100, tools: [{ name: 'send', input_schema: { type: 'object' } }], messages: [{ role: 'user', content: `Write to ${email}` }] })
    .finalMessage();
  assert.deepEqual(used.content.find((block) => block.type === 'tool_use').input, { to: email });
  for (const { body } of seen) assert.doesNotMatch(JSON.stringify(body), /ann\.lee/);
  assert.equal(seen.length, 3);
});

test('guard: what is blocked is the SDK\'s own error and names no value', async (t) => {
  const { openai, anthropic, seen } = await start(t, 'guard:\n  pii:\n    action: block\n');
  await assert.rejects(openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: email }] }), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'SAFETY_VIOLATION');
    assert.match(error.message, /EMAIL_ADDRESS/);
    assert.doesNotMatch(error.message, /ann/);
    return true;
  });
  await assert.rejects(anthropic.messages.create({ model: 'gpt-4o-mini', max_tokens: 5, messages: [{ role: 'user', content: email }] }), Anthropic.BadRequestError);
  assert.equal(seen.length, 0);
});

test('docs/guard.md: its curl works and its configurations load', async (t) => {
  const gateway = await startGateway(t, simulator);
  for (const [, block] of page.matchAll(/<!-- test: curl -->\n```sh\n([\s\S]*?)```/g)) {
    const { stdout } = await run('bash', ['-euc', block.replaceAll('http://127.0.0.1:8080', gateway.url)], { timeout: 60_000 });
    assert.match(stdout, /x-edge-guard: EMAIL_ADDRESS=tokenize/i);
    assert.match(stdout, /ann\.lee@example\.com/);
  }
  const folder = mkdtempSync(join(tmpdir(), 'edge-guard-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]);
  assert.ok(blocks.length >= 4);
  for (const [number, block] of blocks.entries()) {
    const file = join(folder, `${number}.yaml`);
    writeFileSync(file, `providers:\n  simulator: {}\n${block}`);
    await run(binary, ['--check-config', file], { env: { ...process.env, APP_KEY: 'a', CLINIC_KEY: 'c' } });
  }
});

// The published gateway as a child process, and a fake provider; what the tests of every client share.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const rid = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';
export const binary = process.env.EDGE_BINARY || join(root, 'artifacts', 'publish', rid, 'edge');

// Keys of whoever runs the tests must not reach a provider.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_API_KEY$|_BASE_URL$|^EDGE_/.test(name)));

export const simulator = 'providers:\n  simulator: {}\n';
const anyPort = 'server:\n  listen: 127.0.0.1:0\nadmin:\n  listen: 127.0.0.1:0\n';

/** Starts the gateway; `yaml` null = without any configuration, on its default ports; `admin`: further keys of the admin section. Ends with the test `t`. */
export async function startGateway(t, yaml, admin = '') {
  const folder = await mkdtemp(join(tmpdir(), 'edge-clients-'));
  const args = [];
  if (yaml !== null) {
    await writeFile(join(folder, 'edge.yaml'), yaml + anyPort + admin);
    args.push('--config', join(folder, 'edge.yaml'));
  }
  const child = spawn(binary, args, { cwd: folder, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  t.after(async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  });
  const lines = [];
  const started = await new Promise((resolve, reject) => {
    child.once('error', reject);
    exited.then(() => reject(new Error(`the gateway ended:\n${lines.join('\n')}`)));
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"event":"started"')) resolve(JSON.parse(line));
    });
  });
  const first = (urls) => (Array.isArray(urls) ? urls[0] : String(urls).split(',')[0]).trim();
  return { url: first(started.listen), adminUrl: first(started.admin), baseURL: `${first(started.listen)}/v1`, lines };
}

/** A provider of OpenAI's kind. `answer(body, response, request)` writes the response, `upload(bytes, response)` that of a form; every request's body is kept. */
export async function startProvider(t, answer, upload) {
  const requests = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (request.headers['content-type']?.startsWith('multipart/')) return upload(Buffer.concat(chunks), response);
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const entry = { body, headers: request.headers, path: request.url, closed: new Promise((resolve) => response.once('close', resolve)) };
      requests.push(entry);
      answer(body, response, entry);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const yaml = `providers:\n  openai:\n    url: http://127.0.0.1:${server.address().port}\n    api_key: sk-upstream\n    models: [gpt-4o-mini]\n`;
  return { requests, yaml };
}

export function json(response, value, status = 200, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

export function startEvents(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  return (value) => response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
}

export const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };

export function completion(message, finish = 'stop') {
  return {
    id: 'chatcmpl-1', object: 'chat.completion', created: 1700000000, model: 'gpt-4o-mini', usage,
    choices: [{ index: 0, message: { role: 'assistant', content: null, refusal: null, ...message }, logprobs: null, finish_reason: finish }],
  };
}

export function chunk(delta, finish = null) {
  return {
    id: 'chatcmpl-2', object: 'chat.completion.chunk', created: 1700000000, model: 'gpt-4o-mini',
    choices: [{ index: 0, delta, finish_reason: finish }],
  };
}

/** Text by itself, or a call of get_weather first and its result put into words after it; streamed where asked for. */
export function weatherProvider(body, response) {
  const result = body.messages.findLast?.((m) => m.role === 'tool') ?? body.messages.filter((m) => m.role === 'tool').pop();
  const calls = body.tools && !result;
  const text = result ? `It is ${JSON.stringify(result.content).replace(/[^a-zA-Z0-9 ]/g, '')}.` : 'Hello there';
  const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } };
  if (!body.stream) {
    json(response, calls ? completion({ tool_calls: [call] }, 'tool_calls') : completion({ content: text }));
    return;
  }
  const event = startEvents(response);
  event(chunk({ role: 'assistant', content: calls ? null : '' }));
  if (calls) {
    event(chunk({ tool_calls: [{ index: 0, ...call, function: { name: 'get_weather', arguments: '' } }] }));
    for (const piece of ['{"city"', ':"Paris"}']) event(chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
  } else {
    for (const word of text.split(/(?= )/)) event(chunk({ content: word }));
  }
  event(chunk({}, calls ? 'tool_calls' : 'stop'));
  event({ ...chunk({}), choices: [], usage });
  event('[DONE]');
  response.end();
}

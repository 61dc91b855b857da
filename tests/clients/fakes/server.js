// What every fake provider shares: an HTTP server that keeps what arrived, and the script that all of them play, each in its own wire format.
import { createServer } from 'node:http';

export const signature = 'c2lnbmF0dXJlLW9mLXJlYXNvbmluZw==';
export const image = { type: 'image/png', base64: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' };

/** Refuses a request as the provider would. */
export class Refusal extends Error {
  constructor(message, status = 400, headers = {}) {
    super(message);
    Object.assign(this, { status, headers });
  }
}

/** A violation of the provider's documented contract: the test sees the message. */
export function require(condition, message) {
  if (!condition) throw new Refusal(message);
}

const known = { get_weather: { city: 'Zürich "1"' }, get_time: null };
// The arguments of any other tool: such as stands for a schema where there is no other way to ask for JSON.
const city = { name: 'Paris', people: 2 };

/**
 * What the model says. The last text of the user decides: "fail" = 429, "late" = an error inside the stream, "cut" = it breaks off, "hang" = it never ends,
 * "think" = it thinks first. With tools and without results it calls all of them at once; get_time without arguments.
 */
export function play({ text, tools = [], results = [], schema, images = [] }) {
  if (/\bfail\b/.test(text)) throw new Refusal('Slow down.', 429, { 'retry-after': '3' });
  const fault = /\b(late|cut|hang)\b/.exec(text)?.[1];
  const thinking = /\bthink\b/.test(text) ? ['Let me ', 'think.'] : null;
  const calls = results.length || fault ? [] : tools.map((name, at) => ({ id: `call_${at + 1}`, name, args: name in known ? known[name] : city }));
  let words = ['Hello', ' there', ' \u{1F600} "q"\n'];
  if (schema) words = ['{"name":"Paris",', '"people":2}'];
  else if (results.length) words = [`It is ${results.join(' and ')}.`];
  else if (images.length) words = [`I see ${images.join(', ')}.`];
  return { fault, thinking, calls, words: calls.length ? [] : words, text: calls.length ? '' : words.join('') };
}

export async function startServer(t, answer) {
  const requests = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const isJson = /^application\/json/.test(request.headers['content-type'] ?? '');
      const entry = {
        raw, method: request.method, path: request.url, headers: request.headers, body: isJson && raw.length ? JSON.parse(raw) : null,
        closed: new Promise((resolve) => response.once('close', resolve)),
      };
      requests.push(entry);
      answer(entry, response);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `http://127.0.0.1:${server.address().port}`, last: () => requests.at(-1) };
}

export function json(response, value, status = 200, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** Runs `body`; a Refusal becomes the provider's own error by `write(response, refusal)`. */
export function guarded(write, body) {
  return (entry, response) => {
    try {
      body(entry, response);
    } catch (error) {
      if (error instanceof Refusal) write(response, error);
      else write(response, new Refusal(`the fake failed: ${error.stack}`, 500));
    }
  };
}

/** Ends a stream by its fault. True = there was one. */
export function broken(response, fault) {
  if (fault === 'cut') setImmediate(() => response.destroy());
  return fault === 'cut' || fault === 'hang';
}

export const halves = (text) => [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];

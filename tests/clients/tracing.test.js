// Traces from client to provider, read by the code that OpenTelemetry generates from its own proto files. And docs/tracing.md, executed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import OpenAI from 'openai';
import { completion, json, root, startEvents, startGateway, startProvider, chunk } from './gateway.js';

const require = createRequire(import.meta.url);
const proto = require(join(root, 'tests/clients/node_modules/@opentelemetry/otlp-transformer/build/src/generated/root.js'));
const ExportRequest = proto.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;

const hex = (bytes) => Buffer.from(bytes ?? []).toString('hex');
const value = (any) => any.stringValue ?? any.doubleValue ?? any.boolValue ?? Number(any.intValue);

function spansOf(bytes) {
  const message = ExportRequest.decode(bytes);
  const [resource] = message.resourceSpans;
  const attributes = (list) => Object.fromEntries(list.map(({ key, value: any }) => [key, value(any)]));
  return resource.scopeSpans[0].spans.map((span) => ({
    name: span.name, kind: span.kind, traceId: hex(span.traceId), id: hex(span.spanId), parent: hex(span.parentSpanId), status: span.status?.code ?? 0,
    start: BigInt(span.startTimeUnixNano), end: BigInt(span.endTimeUnixNano), attributes: attributes(span.attributes),
    resource: attributes(resource.resource.attributes), traceState: span.traceState,
  }));
}

// A collector: https://opentelemetry.io/docs/specs/otlp/. `wait(n)` gives all spans once there are n.
function collector(t, { grpc = false, answer } = {}) {
  const spans = [];
  const seen = [];
  const waiting = [];
  const take = (bytes) => {
    spans.push(...spansOf(bytes));
    for (const { count, resolve } of waiting) if (spans.length >= count) resolve(spans);
  };
  const server = grpc ? createHttp2() : createHttp();
  server.on('request', (request, response) => {
    const chunks = [];
    request.on('data', (piece) => chunks.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      seen.push({ path: request.url, headers: request.headers });
      const status = answer?.(seen.length) ?? 200;
      if (status !== 200) {
        response.writeHead(status, { 'retry-after': '0' });
        response.end();
        return;
      }
      if (!grpc) {
        take(body);
        response.writeHead(200, { 'content-type': 'application/x-protobuf' });
        response.end();
        return;
      }
      assert.equal(body[0], 0);
      assert.equal(body.readUInt32BE(1), body.length - 5);
      take(body.subarray(5));
      response.writeHead(200, { 'content-type': 'application/grpc' });
      response.addTrailers({ 'grpc-status': '0' });
      response.end(Buffer.from([0, 0, 0, 0, 0]));
    });
  });
  t.after(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({
    url: `http://127.0.0.1:${server.address().port}`, seen,
    wait: (count) => (spans.length >= count ? Promise.resolve(spans) : new Promise((done) => waiting.push({ count, resolve: done }))),
  })));
}

const tracing = (url, more = '') => `monitoring:\n  tracing:\n    endpoint: ${url}\n${more}`;
const messages = [{ role: 'user', content: 'a secret prompt 4711' }];
const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = `00-${traceId}-b7ad6b7169203331-01`;

test('tracing: one trace from client to provider, without a word of the prompt', async (t) => {
  const spans = await collector(t);
  const provider = await startProvider(t, (body, response) => json(response, completion({ role: 'assistant', content: 'a secret answer 4712' }, 'stop')));
  const gateway = await startGateway(t, provider.yaml + tracing(spans.url, '    service_name: gate\n    headers: {x-key: collector-key}\n    resource: {deployment.environment.name: test}\n'));
  const openai = new OpenAI({ baseURL: gateway.baseURL, apiKey: 'client-secret', maxRetries: 0 });
  await openai.chat.completions.create({ model: 'gpt-4o-mini', messages }, { headers: { traceparent: parent, tracestate: 'vendor=1' } });

  const [own, call] = (await spans.wait(2)).toSorted((a, b) => a.kind - b.kind);
  assert.equal(own.name, 'POST /v1/chat/completions');
  assert.equal(own.kind, 2);
  assert.equal(own.traceId, traceId);
  assert.equal(own.parent, 'b7ad6b7169203331');
  assert.equal(own.traceState, 'vendor=1');
  assert.equal(own.attributes['http.response.status_code'], 200);
  assert.equal(own.attributes['gen_ai.operation.name'], 'chat');
  assert.equal(own.attributes['edge.outcome'], 'completed');
  assert.equal(own.resource['service.name'], 'gate');
  assert.equal(own.resource['deployment.environment.name'], 'test');
  assert.equal(call.name, 'chat gpt-4o-mini');
  assert.equal(call.kind, 3);
  assert.equal(call.parent, own.id);
  assert.equal(call.attributes['gen_ai.provider.name'], 'openai');
  assert.equal(call.attributes['gen_ai.request.model'], 'gpt-4o-mini');
  assert.ok(call.attributes['gen_ai.usage.input_tokens'] > 0);
  assert.equal(call.attributes['server.address'], '127.0.0.1');
  assert.ok(own.start <= call.start && call.end <= own.end && own.start < own.end);
  // The provider's own spans hang below the call.
  assert.equal(provider.requests[0].headers.traceparent, `00-${traceId}-${call.id}-01`);
  assert.equal(provider.requests[0].headers.tracestate, 'vendor=1');
  assert.equal(spans.seen[0].path, '/v1/traces');
  assert.equal(spans.seen[0].headers['x-key'], 'collector-key');
  const text = JSON.stringify([own, call], (key, item) => (typeof item === 'bigint' ? String(item) : item));
  for (const secret of ['4711', '4712', 'client-secret', 'sk-upstream']) assert.ok(!text.includes(secret), secret);
});

test('tracing: over gRPC, and a stream', async (t) => {
  const spans = await collector(t, { grpc: true });
  const provider = await startProvider(t, (body, response) => {
    startEvents(response);
    response.write(`data: ${JSON.stringify(chunk({ role: 'assistant', content: 'x' }))}\n\ndata: ${JSON.stringify(chunk({}, 'stop'))}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  const gateway = await startGateway(t, provider.yaml + tracing(spans.url, '    protocol: grpc\n'));
  const openai = new OpenAI({ baseURL: gateway.baseURL, apiKey: 'unused', maxRetries: 0 });
  for await (const event of await openai.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true })) assert.ok(event.id);
  const [own, call] = (await spans.wait(2)).toSorted((a, b) => a.kind - b.kind);
  assert.equal(own.parent, '');
  assert.equal(own.attributes['edge.streamed'], true);
  assert.ok(own.attributes['edge.time_to_first_token_seconds'] >= 0);
  assert.equal(call.parent, own.id);
  assert.equal(spans.seen[0].path, '/opentelemetry.proto.collector.trace.v1.TraceService/Export');
});

test('tracing: every attempt has its span; failures are sent although nothing is sampled; a collector that stumbles gets them again', async (t) => {
  const spans = await collector(t, { answer: (number) => (number === 1 ? 503 : 200) });
  const provider = await startProvider(t, (body, response) => json(response, { error: { message: 'no', type: 'server_error' } }, 500));
  const gateway = await startGateway(t, `${provider.yaml}routing:\n  retry: {max_attempts: 2, per_target: 2, base_delay: 1ms}\n${tracing(spans.url, '    sample_ratio: 0\n')}`);
  const openai = new OpenAI({ baseURL: gateway.baseURL, apiKey: 'unused', maxRetries: 0 });
  await assert.rejects(openai.chat.completions.create({ model: 'gpt-4o-mini', messages }));
  const found = await spans.wait(3);
  const own = found.find((span) => span.kind === 2);
  assert.equal(own.status, 2);
  const calls = found.filter((span) => span.kind === 3);
  assert.equal(calls.length, 2);
  assert.notEqual(calls[0].id, calls[1].id);
  for (const call of calls) {
    assert.equal(call.parent, own.id);
    assert.equal(call.status, 2);
    assert.equal(call.attributes['http.response.status_code'], 500);
  }
  assert.deepEqual(provider.requests.map((request) => request.headers.traceparent.slice(36, 52)).toSorted(), calls.map((call) => call.id).toSorted());
  // Not sampled: the provider is told so.
  for (const request of provider.requests) assert.ok(request.headers.traceparent.endsWith('-00'));
});

test('tracing: the page\'s configuration loads', async (t) => {
  const page = readFileSync(join(root, 'docs', 'tracing.md'), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]);
  assert.ok(blocks.length > 0);
  for (const block of blocks) await startGateway(t, `providers:\n  simulator: {}\n${block.replaceAll('${COLLECTOR_KEY}', 'x')}`);
});

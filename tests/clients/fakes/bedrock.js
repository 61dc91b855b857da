// Bedrock Converse: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and API_runtime_ConverseStream.html
// Frames: https://smithy.io/2.0/aws/amazon-eventstream.html
import { broken, guarded, halves, json, play, Refusal, require, signature, startServer } from './server.js';

const table = new Uint32Array(256).map((_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xEDB88320 : value >>> 1;
  return value >>> 0;
});
export const crc32 = (bytes) => (bytes.reduce((crc, byte) => (crc >>> 8) ^ table[(crc ^ byte) & 0xFF], 0xFFFFFFFF) ^ 0xFFFFFFFF) >>> 0;

const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** One message: total length, length of the headers, CRC of those; headers (name, type 7, value); payload; CRC of all before. */
export function frame(headers, payload) {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(value.length);
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
  }));
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.concat([u32(16 + head.length + body.length), u32(head.length)]);
  const rest = Buffer.concat([prelude, u32(crc32(prelude)), head, body]);
  return Buffer.concat([rest, u32(crc32(rest))]);
}

const types = { 400: 'ValidationException', 403: 'AccessDeniedException', 429: 'ThrottlingException', 500: 'InternalServerException' };
const fail = (response, { status, message, headers }) => json(response, { message }, status, { 'x-amzn-errortype': types[status] ?? 'ValidationException', 'x-amzn-requestid': 'req_fake', ...headers });

function understand(body) {
  let open = new Set();
  const results = [];
  const images = [];
  let text = '';
  let previous = 'assistant';
  for (const { role, content } of body.messages) {
    require(role !== previous, 'A conversation must alternate between user and assistant roles.');
    require(content.length > 0, 'The content field is empty.');
    previous = role;
    for (const block of content) {
      if (block.toolUse) {
        require(typeof block.toolUse.input === 'object', 'toolUse.input is no object');
        open.add(block.toolUse.toolUseId);
      }
      if (block.toolResult) {
        require(open.delete(block.toolResult.toolUseId), `toolResult of no call: ${block.toolResult.toolUseId}`);
        for (const part of block.toolResult.content) results.push(part.text ?? (part.image ? `image/${part.image.format}` : JSON.stringify(part.json)));
      }
      if (block.reasoningContent) require(block.reasoningContent.reasoningText.signature === signature, 'Invalid signature in reasoningText');
      if (role !== 'user') continue;
      if (block.text !== undefined) text = block.text;
      if (block.image) images.push(`image/${block.image.format}`);
    }
  }
  require(open.size === 0, 'Expected toolResult blocks for all toolUse');
  const tools = (body.toolConfig?.tools ?? []).filter((tool) => tool.toolSpec).map((tool) => tool.toolSpec.name);
  const forced = body.toolConfig?.toolChoice?.tool?.name;
  return play({ text, results, images, tools: forced ? [forced] : tools, schema: body.outputConfig?.textFormat });
}

export async function startBedrock(t) {
  const server = await startServer(t, guarded(fail, ({ path, headers, body }, response) => {
    if (!/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=[^ ]*host[^ ]*, Signature=[0-9a-f]{64}$/.test(headers.authorization ?? '')) {
      throw new Refusal(`The request signature is missing: ${headers.authorization}`, 403);
    }
    require(headers['x-amz-date'], 'x-amz-date is missing');
    const [, , method] = /^\/model\/([^/]+)\/(converse|converse-stream)$/.exec(path) ?? [];
    require(method, `no such operation: ${path}`);
    const { thinking, words, text, calls, fault } = understand(body);
    const stopReason = calls.length ? 'tool_use' : 'end_turn';
    const usage = { inputTokens: 12, outputTokens: 5, totalTokens: 25, cacheReadInputTokens: 8, cacheWriteInputTokens: 0 };
    if (method === 'converse') {
      const content = [
        ...(thinking ? [{ reasoningContent: { reasoningText: { text: thinking.join(''), signature } } }] : []),
        ...(text ? [{ text }] : []),
        ...calls.map(({ id, name, args }) => ({ toolUse: { toolUseId: `tooluse_${id}`, name, input: args ?? {} } })),
      ];
      return json(response, { output: { message: { role: 'assistant', content } }, stopReason, usage, metrics: { latencyMs: 10 } }, 200, { 'x-amzn-requestid': 'req_fake' });
    }
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'req_fake' });
    const event = (type, value) => response.write(frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, { ...value, p: 'abcdef' }));
    let contentBlockIndex = 0;
    const block = (start, deltas) => {
      if (start) event('contentBlockStart', { start, contentBlockIndex });
      for (const delta of deltas) event('contentBlockDelta', { delta, contentBlockIndex });
      event('contentBlockStop', { contentBlockIndex: contentBlockIndex++ });
    };
    event('messageStart', { role: 'assistant' });
    if (thinking) block(null, [...thinking.map((piece) => ({ reasoningContent: { text: piece } })), { reasoningContent: { signature } }]);
    if (words.length) block(null, words.map((piece) => ({ text: piece })));
    if (fault === 'late') {
      response.write(frame({ ':exception-type': 'throttlingException', ':content-type': 'application/json', ':message-type': 'exception' }, { message: 'Too many tokens' }));
      return response.end();
    }
    if (broken(response, fault)) return;
    for (const { id, name, args } of calls) {
      block({ toolUse: { toolUseId: `tooluse_${id}`, name } }, args ? halves(JSON.stringify(args)).map((input) => ({ toolUse: { input } })) : []);
    }
    event('messageStop', { stopReason });
    event('metadata', { usage, metrics: { latencyMs: 10 } });
    response.end();
  }));
  return {
    ...server, name: 'bedrock', model: 'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0', cached: 8,
    yaml: `  bedrock:\n    url: ${server.url}\n    region: eu-west-1\n    aws:\n      access_key_id: AKIDEXAMPLE\n      secret_access_key: secret\n`,
  };
}

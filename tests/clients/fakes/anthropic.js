// Anthropic Messages: https://docs.anthropic.com/en/api/messages, https://docs.anthropic.com/en/api/messages-streaming, https://docs.anthropic.com/en/api/errors
import { broken, guarded, halves, json, play, Refusal, require, signature, startServer } from './server.js';

const types = { 400: 'invalid_request_error', 401: 'authentication_error', 404: 'not_found_error', 429: 'rate_limit_error', 500: 'api_error', 529: 'overloaded_error' };
const fail = (response, { status, message, headers }) =>
  json(response, { type: 'error', error: { type: types[status], message }, request_id: 'req_fake' }, status, { 'request-id': 'req_fake', ...headers });

const blocksOf = (content) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content);

function understand(body) {
  require(Number.isInteger(body.max_tokens), 'max_tokens: Field required');
  require(body.messages[0].role === 'user', 'messages: first message must use the "user" role');
  const open = new Set();
  const results = [];
  const images = [];
  let text = '';
  let thinks = false;
  for (const { role, content } of body.messages) {
    for (const block of blocksOf(content)) {
      if (block.type === 'text') require(block.text.length > 0, 'messages: text content blocks must be non-empty');
      if (block.type === 'tool_use') {
        require(role === 'assistant' && typeof block.input === 'object', 'tool_use.input: Input should be a valid dictionary');
        open.add(block.id);
      }
      if (block.type === 'thinking') {
        require(block.signature === signature, 'messages.1.content.0: Invalid `signature` in `thinking` block');
        thinks = true;
      }
      if (block.type === 'tool_result') {
        require(open.delete(block.tool_use_id), `unexpected tool_use_id ${block.tool_use_id}`);
        for (const part of blocksOf(block.content)) results.push(part.type === 'text' ? part.text : part.source.media_type);
      }
      if (role !== 'user') continue;
      if (block.type === 'text') text = block.text;
      if (block.type === 'image') images.push(block.source.media_type ?? block.source.url);
    }
  }
  require(open.size === 0, '`tool_use` ids were found without `tool_result` blocks');
  // A turn that thinks and calls must come back with the thinking.
  if (results.length && body.thinking && body.thinking.type !== 'disabled' && /\bthink\b/.test(text)) require(thinks, 'Expected `thinking`, but found `tool_use`');
  const forced = body.tool_choice?.type === 'tool' && body.tool_choice.name;
  const schema = body.output_config?.format ?? body.output_format;
  return play({ text, results, images, schema, tools: forced ? [forced] : (body.tools ?? []).map((tool) => tool.name) });
}

export async function startAnthropic(t) {
  const server = await startServer(t, guarded(fail, ({ path, method, headers, body }, response) => {
    if (headers['x-api-key'] !== 'sk-anthropic' || !headers['anthropic-version']) throw new Refusal('invalid x-api-key', 401);
    if (path.startsWith('/v1/messages/count_tokens')) return json(response, { input_tokens: 4711 });
    if (!path.startsWith('/v1/messages') || method !== 'POST') throw new Refusal(`${method} ${path}`, 404);
    const { thinking, words, text, calls, fault } = understand(body);
    const usage = { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 8, output_tokens: 5, service_tier: 'standard' };
    const stop = calls.length ? 'tool_use' : 'end_turn';
    const message = { id: 'msg_fake', type: 'message', role: 'assistant', model: body.model, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } };
    if (!body.stream) {
      const content = [
        ...(thinking ? [{ type: 'thinking', thinking: thinking.join(''), signature }] : []),
        ...(text ? [{ type: 'text', text }] : []),
        ...calls.map(({ id, name, args }) => ({ type: 'tool_use', id: `toolu_${id}`, name, input: args ?? {} })),
      ];
      return json(response, { ...message, content, stop_reason: stop, usage, x_future: { a: 1 } }, 200, { 'request-id': 'req_fake' });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_fake' });
    const event = (value) => response.write(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`);
    let index = 0;
    const block = (content_block, deltas) => {
      event({ type: 'content_block_start', index, content_block });
      for (const delta of deltas) event({ type: 'content_block_delta', index, delta });
      event({ type: 'content_block_stop', index: index++ });
    };
    event({ type: 'message_start', message });
    event({ type: 'ping' });
    if (thinking) {
      block({ type: 'thinking', thinking: '', signature: '' }, [...thinking.map((piece) => ({ type: 'thinking_delta', thinking: piece })), { type: 'signature_delta', signature }]);
    }
    if (words.length) block({ type: 'text', text: '' }, words.map((piece) => ({ type: 'text_delta', text: piece })));
    if (fault === 'late') {
      event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
      return response.end();
    }
    if (broken(response, fault)) return;
    for (const { id, name, args } of calls) {
      // Without arguments the one delta is empty.
      const pieces = args ? ['', ...halves(JSON.stringify(args))] : [''];
      block({ type: 'tool_use', id: `toolu_${id}`, name, input: {} }, pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })));
    }
    event({ type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 5 } });
    event({ type: 'message_stop' });
    response.end();
  }));
  return { ...server, name: 'anthropic', model: 'anthropic/claude-fake', cached: 8, yaml: `  anthropic:\n    url: ${server.url}\n    api_key: sk-anthropic\n` };
}

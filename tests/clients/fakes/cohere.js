// Cohere v2 chat: https://docs.cohere.com/reference/chat, https://docs.cohere.com/v2/docs/streaming, https://docs.cohere.com/docs/tool-use-streaming,
// embed: https://docs.cohere.com/reference/embed
import { broken, guarded, halves, json, play, Refusal, require, startServer } from './server.js';

const fail = (response, { status, message, headers }) => json(response, { id: 'err_fake', message }, status, headers);
const partsOf = (content) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content ?? []);

function understand(body) {
  const open = new Set();
  const results = [];
  const images = [];
  let text = '';
  for (const message of body.messages) {
    for (const call of message.tool_calls ?? []) {
      require(typeof JSON.parse(call.function.arguments) === 'object', 'tool call arguments are no JSON object');
      open.add(call.id);
    }
    if (message.role === 'tool') {
      require(open.delete(message.tool_call_id), `no tool call ${message.tool_call_id}`);
      for (const part of partsOf(message.content)) results.push(part.text ?? part.document?.data?.content ?? JSON.stringify(part.document));
    }
    for (const part of partsOf(message.content)) {
      if (message.role !== 'user') continue;
      if (part.type === 'text') text = part.text;
      if (part.type === 'image_url') images.push(part.image_url.url.split(';')[0].replace('data:', ''));
    }
  }
  if (results.length) results.push(...images);
  return play({ text, results, images, schema: body.response_format?.json_schema, tools: (body.tools ?? []).map((tool) => tool.function.name) });
}

export async function startCohere(t) {
  const server = await startServer(t, guarded(fail, ({ path, headers, body }, response) => {
    if (headers.authorization !== 'Bearer co-key') throw new Refusal('invalid api token', 401);
    if (path === '/v2/embed') {
      require(body.input_type && Array.isArray(body.texts ?? body.inputs), 'input_type and texts are required');
      return json(response, {
        id: 'emb_fake', texts: body.texts, embeddings: { float: (body.texts ?? body.inputs).map((_, at) => [0.25 + at, -0.5]) },
        meta: { api_version: { version: '2' }, billed_units: { input_tokens: 7 } }, response_type: 'embeddings_by_type',
      });
    }
    if (path !== '/v2/chat') throw new Refusal(`no such path ${path}`, 404);
    const { thinking, words, text, calls, fault } = understand(body);
    const finish_reason = calls.length ? 'TOOL_CALL' : 'COMPLETE';
    // The billed tokens leave out the preamble; the cached ones are part of the others alone.
    const usage = { billed_units: { input_tokens: 20, output_tokens: 5 }, tokens: { input_tokens: 520, output_tokens: 9 }, cached_tokens: 500 };
    if (!body.stream) {
      const content = [...(thinking ? [{ type: 'thinking', thinking: thinking.join('') }] : []), ...(text ? [{ type: 'text', text }] : [])];
      const tool_calls = calls.map(({ id, name, args }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(args ?? {}) } }));
      return json(response, { id: 'msg_fake', message: { role: 'assistant', ...(content.length ? { content } : {}), ...(calls.length ? { tool_plan: 'I will look it up.', tool_calls } : {}) }, finish_reason, usage });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const event = (value) => response.write(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`);
    event({ id: 'msg_fake', type: 'message-start', delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } } });
    let index = 0;
    const block = (type, pieces) => {
      event({ type: 'content-start', index, delta: { message: { content: { type, [type]: '' } } } });
      for (const piece of pieces) event({ type: 'content-delta', index, delta: { message: { content: { [type]: piece } } } });
      event({ type: 'content-end', index: index++ });
    };
    if (thinking) block('thinking', thinking);
    if (words.length) block('text', words);
    if (fault === 'late') {
      event({ type: 'message-end', id: 'msg_fake', delta: { finish_reason: 'ERROR', error: 'internal error', usage } });
      return response.end();
    }
    if (broken(response, fault)) return;
    if (calls.length) event({ type: 'tool-plan-delta', delta: { message: { tool_plan: 'I will look it up.' } } });
    calls.forEach(({ id, name, args }, at) => {
      event({ type: 'tool-call-start', index: at, delta: { message: { tool_calls: { id, type: 'function', function: { name, arguments: '' } } } } });
      for (const piece of halves(JSON.stringify(args ?? {}))) event({ type: 'tool-call-delta', index: at, delta: { message: { tool_calls: { function: { arguments: piece } } } } });
      event({ type: 'tool-call-end', index: at });
    });
    event({ type: 'message-end', id: 'msg_fake', delta: { finish_reason, usage } });
    response.end('data: [DONE]\n\n');
  }));
  return { ...server, name: 'cohere', model: 'cohere/command-fake', cached: 0, yaml: `  cohere:\n    url: ${server.url}\n    api_key: co-key\n` };
}

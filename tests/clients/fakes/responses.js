// OpenAI's other endpoints. Responses: https://platform.openai.com/docs/api-reference/responses, its events: https://platform.openai.com/docs/api-reference/responses-streaming
// Completions, embeddings, moderations, files, audio, images: https://platform.openai.com/docs/api-reference
import { broken, guarded, halves, json, play, Refusal, require, startServer } from './server.js';
import { chat, usage as chatUsage } from './openai.js';

const fail = (response, { status, message, headers }) => json(response,
  { error: { message, type: status === 429 ? 'requests' : 'invalid_request_error', param: null, code: status === 429 ? 'rate_limit_exceeded' : null } }, status, headers);

function understand(body) {
  const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input;
  const open = new Set();
  const results = [];
  let text = '';
  for (const item of items) {
    if (item.type === 'function_call') open.add(item.call_id);
    if (item.type === 'function_call_output') {
      require(open.delete(item.call_id), `No tool call found for function call output with call_id ${item.call_id}.`);
      results.push(item.output);
    }
    if (item.role === 'user') text = typeof item.content === 'string' ? item.content : item.content.find((part) => part.type === 'input_text').text;
  }
  return play({ text, results, tools: (body.tools ?? []).map((tool) => tool.name), schema: body.text?.format?.schema });
}

function responses(body, response) {
  const { thinking, words, text, calls, fault } = understand(body);
  const envelope = {
    id: 'resp_fake', object: 'response', created_at: 1700000000, status: 'in_progress', error: null, incomplete_details: null, instructions: null, metadata: {}, model: 'gpt-fake',
    output: [], parallel_tool_calls: true, temperature: 1, tool_choice: 'auto', tools: body.tools ?? [], top_p: 1, usage: null, x_future: { a: 1 },
  };
  const output = [
    ...(thinking ? [{ id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: thinking.join('') }], encrypted_content: 'enc' }] : []),
    ...(text ? [{ id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text, annotations: [], logprobs: [] }] }] : []),
    ...calls.map(({ id, name, args }) => ({ id: `fc_${id}`, type: 'function_call', status: 'completed', call_id: id, name, arguments: JSON.stringify(args ?? {}) })),
  ];
  const usage = { input_tokens: 20, input_tokens_details: { cached_tokens: 8 }, output_tokens: 5, output_tokens_details: { reasoning_tokens: 0 }, total_tokens: 25 };
  if (!body.stream) return json(response, { ...envelope, status: 'completed', output, usage }, 200, { 'x-request-id': 'req_fake' });
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_fake' });
  let sequence_number = 0;
  const event = (type, value) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence_number++, ...value })}\n\n`);
  event('response.created', { response: envelope });
  event('response.in_progress', { response: envelope });
  output.forEach((item, output_index) => {
    const at = { item_id: item.id, output_index };
    if (item.type === 'reasoning') {
      event('response.output_item.added', { output_index, item: { ...item, summary: [] } });
      event('response.reasoning_summary_part.added', { ...at, summary_index: 0, part: { type: 'summary_text', text: '' } });
      for (const delta of thinking) event('response.reasoning_summary_text.delta', { ...at, summary_index: 0, delta });
      event('response.reasoning_summary_text.done', { ...at, summary_index: 0, text: item.summary[0].text });
      event('response.reasoning_summary_part.done', { ...at, summary_index: 0, part: item.summary[0] });
    } else if (item.type === 'message') {
      event('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', content: [] } });
      event('response.content_part.added', { ...at, content_index: 0, part: { type: 'output_text', text: '', annotations: [], logprobs: [] } });
      for (const delta of words) event('response.output_text.delta', { ...at, content_index: 0, delta, logprobs: [] });
      if (fault) return;
      event('response.output_text.done', { ...at, content_index: 0, text, logprobs: [] });
      event('response.content_part.done', { ...at, content_index: 0, part: item.content[0] });
    } else {
      event('response.output_item.added', { output_index, item: { ...item, status: 'in_progress', arguments: '' } });
      for (const delta of halves(item.arguments)) event('response.function_call_arguments.delta', { ...at, delta });
      event('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments });
    }
    event('response.output_item.done', { output_index, item });
  });
  if (fault === 'late') {
    event('error', { error: { type: 'server_error', code: 'server_error', message: 'The server had an error', param: null } });
    return response.end();
  }
  if (broken(response, fault)) return;
  event('response.completed', { response: { ...envelope, status: 'completed', output, usage } });
  response.end();
}

function completions(body, response) {
  const head = { id: 'cmpl-fake', object: 'text_completion', created: 1700000000, model: 'fake' };
  if (!body.stream) return json(response, { ...head, choices: [{ text: ` after ${body.prompt}`, index: 0, logprobs: null, finish_reason: 'stop' }], usage: chatUsage });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const text of [' after ', body.prompt]) response.write(`data: ${JSON.stringify({ ...head, choices: [{ text, index: 0, logprobs: null, finish_reason: null }] })}\n\n`);
  response.write(`data: ${JSON.stringify({ ...head, choices: [{ text: '', index: 0, logprobs: null, finish_reason: 'stop' }] })}\n\n`);
  response.end('data: [DONE]\n\n');
}

function embeddings(body, response) {
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  const vector = (at) => (body.encoding_format === 'base64' ? Buffer.from(new Float32Array([0.25 + at, -0.5]).buffer).toString('base64') : [0.25 + at, -0.5]);
  json(response, { object: 'list', data: inputs.map((_, index) => ({ object: 'embedding', index, embedding: vector(index) })), model: 'embed-fake', usage: { prompt_tokens: 7, total_tokens: 7 } });
}

const plain = {
  'POST /v1/moderations': () => ({ id: 'modr_1', model: 'omni', results: [{ flagged: false, categories: {}, category_scores: {} }] }),
  'POST /v1/files': ({ raw }) => ({ id: 'file_1', object: 'file', bytes: raw.length, created_at: 1, filename: 'notes.jsonl', purpose: 'batch', status: 'processed' }),
  'GET /v1/files/file_1': () => ({ id: 'file_1', object: 'file', bytes: 3, created_at: 1, filename: 'notes.jsonl', purpose: 'batch' }),
  'DELETE /v1/files/file_1': () => ({ id: 'file_1', object: 'file', deleted: true }),
  'POST /v1/audio/transcriptions': ({ raw }) => ({ text: `heard ${raw.length > 100 ? 'something' : 'nothing'}` }),
  'POST /v1/images/generations': () => ({ created: 1, data: [{ b64_json: 'aW1hZ2U=' }], usage: { total_tokens: 3, input_tokens: 1, output_tokens: 2 } }),
  'GET /v1/responses/resp_1': () => ({ id: 'resp_1', object: 'response', status: 'completed', output: [], model: 'gpt-fake' }),
  'POST /v1/responses/resp_1/cancel': () => ({ id: 'resp_1', object: 'response', status: 'cancelled', output: [], model: 'gpt-fake' }),
  'DELETE /v1/responses/resp_1': () => ({ id: 'resp_1', object: 'response', deleted: true }),
};

export async function startOpenAi(t) {
  const server = await startServer(t, guarded(fail, (entry, response) => {
    const { method, path, headers, body } = entry;
    if (headers.authorization !== 'Bearer sk-openai') throw new Refusal('Incorrect API key provided', 401);
    if (path === '/v1/chat/completions') return chat(entry, response);
    if (path === '/v1/responses' && method === 'POST') return responses(body, response);
    if (path === '/v1/completions') return completions(body, response);
    if (path === '/v1/embeddings') return embeddings(body, response);
    const known = plain[`${method} ${path}`];
    if (!known) throw new Refusal(`Invalid URL (${method} ${path})`, 404);
    json(response, known(entry));
  }));
  return { ...server, name: 'openai', model: 'openai/gpt-fake', cached: 8, yaml: `  openai:\n    url: ${server.url}\n    api_key: sk-openai\n` };
}

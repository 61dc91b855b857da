// Ollama's own API: https://docs.ollama.com/api/chat, streams of NDJSON: https://docs.ollama.com/api/streaming
import { broken, guarded, json, play, Refusal, require, startServer } from './server.js';

const fail = (response, { status, message, headers }) => json(response, { error: message }, status, headers);

function understand(body) {
  const open = [];
  const results = [];
  const images = [];
  let text = '';
  for (const message of body.messages) {
    require(typeof message.content === 'string', 'json: cannot unmarshal into Go struct field ChatRequest.messages.content of type string');
    for (const call of message.tool_calls ?? []) {
      require(typeof call.function.arguments === 'object', 'json: cannot unmarshal string into arguments of type api.ToolCallFunctionArguments');
      open.push(call.function.name);
    }
    if (message.role === 'tool') {
      require(open.includes(message.tool_name), `no call of ${message.tool_name}`);
      results.push(message.content);
    }
    for (const data of message.images ?? []) images.push(`image/${Buffer.from(data, 'base64').toString('latin1', 1, 4).toLowerCase()}`);
    if (message.role === 'user' && message.content) text = message.content;
  }
  if (results.length) results.push(...images);
  return play({ text, results, images, schema: body.format, tools: (body.tools ?? []).map((tool) => tool.function.name) });
}

export async function startOllama(t) {
  const server = await startServer(t, guarded(fail, ({ path, body }, response) => {
    if (path !== '/api/chat') throw new Refusal(`404 page not found: ${path}`, 404);
    const { thinking, words, text, calls, fault } = understand(body);
    const head = { model: body.model, created_at: '2025-10-17T23:14:07.414671Z' };
    const end = { done: true, done_reason: 'stop', total_duration: 174560334, load_duration: 101397084, prompt_eval_count: 20, prompt_eval_duration: 13074791, eval_count: 5, eval_duration: 52479709 };
    const tool_calls = calls.map(({ name, args }) => ({ function: { name, arguments: args ?? {} } }));
    if (body.stream === false) {
      const message = { role: 'assistant', content: text, ...(thinking ? { thinking: thinking.join('') } : {}), ...(calls.length ? { tool_calls } : {}) };
      return json(response, { ...head, message, ...end });
    }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const line = (message, rest = { done: false }) => response.write(`${JSON.stringify({ ...head, message: { role: 'assistant', content: '', ...message }, ...rest })}\n`);
    for (const piece of thinking ?? []) line({ thinking: piece });
    for (const piece of words) line({ content: piece });
    if (fault === 'late') return response.end('{"error":"an error was encountered while running the model"}\n');
    if (broken(response, fault)) return;
    for (const call of tool_calls) line({ tool_calls: [call] });
    line({}, end);
    response.end();
  }));
  return { ...server, name: 'ollama', model: 'ollama/llama-fake', cached: 0, yaml: `  ollama:\n    api: native\n    url: ${server.url}\n` };
}

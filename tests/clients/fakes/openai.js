// OpenAI chat completions: https://platform.openai.com/docs/api-reference/chat, streams: https://platform.openai.com/docs/api-reference/chat-streaming
// Azure's two surfaces of the same: https://learn.microsoft.com/azure/ai-foundry/openai/reference
import { broken, guarded, halves, json, play, Refusal, require, startServer } from './server.js';

const fail = (response, { status, message, headers }) => json(response,
  { error: { message, type: status === 429 ? 'requests' : 'invalid_request_error', param: null, code: status === 429 ? 'rate_limit_exceeded' : null } }, status, headers);
export const usage = {
  prompt_tokens: 20, completion_tokens: 5, total_tokens: 25,
  prompt_tokens_details: { cached_tokens: 8, audio_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};
const partsOf = (content) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content ?? []);

function understand(body) {
  const open = new Set();
  const results = [];
  const images = [];
  let text = '';
  for (const message of body.messages) {
    for (const call of message.tool_calls ?? []) {
      require(call.type === 'function' && typeof JSON.parse(call.function.arguments) === 'object', 'tool_calls: arguments are no JSON object');
      open.add(call.id);
    }
    if (message.role === 'tool') {
      require(open.delete(message.tool_call_id), `no tool call ${message.tool_call_id}`);
      results.push(partsOf(message.content).map((part) => part.text).join(''));
    } else {
      require(open.size === 0 || message.tool_calls, 'an assistant message with tool_calls must be followed by tool messages');
    }
    for (const part of partsOf(message.content)) {
      if (message.role !== 'user') continue;
      if (part.type === 'text') text = part.text;
      if (part.type === 'image_url') images.push(part.image_url.url.split(';')[0].replace('data:', ''));
    }
  }
  const forced = body.tool_choice?.function?.name;
  if (results.length) results.push(...images);
  return play({ text, results, images, schema: body.response_format?.json_schema, tools: forced ? [forced] : (body.tools ?? []).map((tool) => tool.function.name) });
}

/** `paths` = where the surface has its chat completions. */
export function chat({ path, body }, response, paths = ['/v1/chat/completions']) {
  if (!paths.includes(path)) throw new Refusal(`Invalid URL (POST ${path})`, 404);
  const { words, text, calls, fault } = understand(body);
  const finish = calls.length ? 'tool_calls' : 'stop';
  const head = { id: 'chatcmpl-fake', created: 1700000000, model: 'fake-2025', system_fingerprint: 'fp_1' };
  const tool_calls = calls.map(({ id, name, args }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(args ?? {}) } }));
  if (!body.stream) {
    const message = { role: 'assistant', content: text || null, refusal: null, annotations: [], ...(calls.length ? { tool_calls } : {}) };
    return json(response, { ...head, object: 'chat.completion', choices: [{ index: 0, message, logprobs: null, finish_reason: finish }], usage }, 200, { 'x-request-id': 'req_fake' });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_fake' });
  const data = (value) => response.write(`data: ${JSON.stringify(value)}\n\n`);
  const delta = (value, finish_reason = null) => data({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta: value, logprobs: null, finish_reason }] });
  delta({ role: 'assistant', content: calls.length ? null : '', refusal: null });
  for (const content of words) delta({ content });
  if (fault === 'late') {
    data({ error: { message: 'The server had an error', type: 'server_error', param: null, code: null } });
    return response.end();
  }
  if (broken(response, fault)) return;
  tool_calls.forEach((call, index) => {
    delta({ tool_calls: [{ index, ...call, function: { name: call.function.name, arguments: '' } }] });
    for (const piece of halves(call.function.arguments)) delta({ tool_calls: [{ index, function: { arguments: piece } }] });
  });
  delta({}, finish);
  if (body.stream_options?.include_usage) data({ ...head, object: 'chat.completion.chunk', choices: [], usage });
  response.end('data: [DONE]\n\n');
}

/** Whatever speaks chat completions and nothing more. */
export async function startChat(t) {
  const server = await startServer(t, guarded(fail, chat));
  return { ...server, name: 'chat', model: 'chat/fake', cached: 8, yaml: `  chat:\n    type: openai_compatible\n    url: ${server.url}\n    api_key: sk-chat\n` };
}

const azureKey = (headers) => {
  if (headers['api-key'] !== 'az-key') throw new Refusal('Access denied due to invalid subscription key.', 401);
};

export async function startAzure(t) {
  const server = await startServer(t, guarded(fail, (entry, response) => {
    azureKey(entry.headers);
    chat(entry, response, ['/openai/v1/chat/completions']);
  }));
  return { ...server, name: 'azure', model: 'azure/dep-1', cached: 8, yaml: `  azure:\n    type: azure_openai\n    url: ${server.url}\n    api_key: az-key\n` };
}

export async function startAzureDeployments(t) {
  const server = await startServer(t, guarded(fail, (entry, response) => {
    azureKey(entry.headers);
    chat(entry, response, ['/openai/deployments/dep-1/chat/completions?api-version=2024-10-21']);
  }));
  return {
    ...server, name: 'azure-deployments', model: 'azuredep/dep-1', cached: 8,
    yaml: `  azuredep:\n    type: azure_openai\n    api: deployments\n    url: ${server.url}\n    api_key: az-key\n`,
  };
}

// Gemini: https://ai.google.dev/api/generate-content, thought signatures: https://ai.google.dev/gemini-api/docs/thought-signatures,
// embeddings: https://ai.google.dev/api/embeddings
import { broken, guarded, json, play, Refusal, require, signature, startServer } from './server.js';

const states = { 400: 'INVALID_ARGUMENT', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL', 503: 'UNAVAILABLE' };
const problem = ({ status, message }) => ({ error: { code: status, message, status: states[status] } });
const fail = (response, refusal) => json(response, problem(refusal), refusal.status, refusal.headers);

function understand(body) {
  const open = [];
  const results = [];
  const images = [];
  let text = '';
  for (const { role, parts } of body.contents) {
    require(role === 'user' || role === 'model', `Please use a valid role: user, model. Got ${role}`);
    require(parts.length > 0, 'contents.parts must not be empty.');
    let first = true;
    for (const part of parts) {
      if (part.functionCall) {
        require(role === 'model', 'function call in a turn that is not the model\'s');
        // The first call of a step carries the signature; the model's own demand since Gemini 3.
        if (first) require(part.thoughtSignature === signature, 'Function call is missing a thought_signature in functionCall parts.');
        first = false;
        open.push(part.functionCall.name);
      } else if (part.functionResponse) {
        const { name, response } = part.functionResponse;
        require(role === 'user' && open.includes(name), `function response for ${name} without a call`);
        open.splice(open.indexOf(name), 1);
        require(response && typeof response === 'object' && !Array.isArray(response), 'function_response.response must be a Struct');
        results.push(...Object.values(response).map(String));
        for (const inner of part.functionResponse.parts ?? []) results.push(inner.inlineData.mimeType);
      } else if (role === 'user' && part.inlineData) images.push(part.inlineData.mimeType);
      else if (role === 'user' && part.text !== undefined) text = part.text;
    }
  }
  const declared = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []).map((f) => f.name);
  const { responseMimeType, responseSchema, responseJsonSchema } = body.generationConfig ?? {};
  if (results.length) results.push(...images);
  return play({ text, results, images, tools: declared, schema: responseMimeType === 'application/json' && (responseSchema ?? responseJsonSchema) });
}

export async function startGemini(t) {
  const server = await startServer(t, guarded(fail, ({ path, headers, body }, response) => {
    if (headers['x-goog-api-key'] !== 'goog-key') throw new Refusal('API key not valid.', 400);
    const [, model, method] = /^\/v1beta\/models\/([^:]+):(\w+)(\?alt=sse)?$/.exec(path) ?? [];
    if (method === 'batchEmbedContents') return json(response, { embeddings: body.requests.map((_, at) => ({ values: [0.25 + at, -0.5] })) });
    if (method === 'embedContent') return json(response, { embedding: { values: [0.25, -0.5] } });
    require(method === 'generateContent' || path.endsWith(':streamGenerateContent?alt=sse'), `no such method: ${path}`);
    const { thinking, words, text, calls, fault } = understand(body);
    const thoughts = thinking ? 2 : 0;
    const usageMetadata = {
      promptTokenCount: 20, cachedContentTokenCount: 8, candidatesTokenCount: 5 - thoughts, ...(thoughts ? { thoughtsTokenCount: thoughts } : {}), totalTokenCount: 25,
    };
    const head = { usageMetadata, modelVersion: model, responseId: 'resp_fake' };
    const chunk = (parts, finishReason) => ({ candidates: [{ content: { parts, role: 'model' }, ...(finishReason ? { finishReason } : {}), index: 0 }], ...head });
    const callParts = calls.map(({ name, args }, at) => ({ functionCall: { name, args: args ?? {} }, ...(at === 0 ? { thoughtSignature: signature } : {}) }));
    const thoughtParts = (thinking ?? []).map((piece) => ({ text: piece, thought: true }));
    if (method === 'generateContent') return json(response, chunk([...thoughtParts, ...(text ? [{ text }] : []), ...callParts], 'STOP'));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const data = (value) => response.write(`data: ${JSON.stringify(value)}\r\n\r\n`);
    for (const part of thoughtParts) data(chunk([part]));
    words.forEach((piece, at) => data(chunk([{ text: piece }], at === words.length - 1 && !fault ? 'STOP' : null)));
    if (fault === 'late') {
      data(problem(new Refusal('The model is overloaded.', 503)));
      return response.end();
    }
    if (broken(response, fault)) return;
    callParts.forEach((part, at) => data(chunk([part], at === callParts.length - 1 ? 'STOP' : null)));
    response.end();
  }));
  return { ...server, name: 'gemini', model: 'gemini/gemini-fake', cached: 8, yaml: `  gemini:\n    url: ${server.url}\n    api_key: goog-key\n` };
}

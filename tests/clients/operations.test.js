// docs/operations.md: every command that is marked for it, run exactly as it stands there but for the two addresses.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root, simulator, startGateway } from './gateway.js';

const run = promisify(execFile);
const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
const token = '0123456789abcdef0123456789abcdef';

function blocks(kind, language = 'sh') {
  const found = [...page.matchAll(new RegExp(`<!-- test: ${kind} -->\n\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1]);
  assert.ok(found.length > 0, `docs/operations.md holds no block marked <!-- test: ${kind} -->`);
  return found;
}

// The page's own beginning of every example.
const [, begin] = page.match(/```sh\n(EDGE_ADMIN=[\s\S]*?)```/);

async function startAdmin(t, more = '') {
  const gateway = await startGateway(t, simulator + more, `  token: ${token}\n`);
  const shell = async (block) => {
    const script = (begin + block).replaceAll('http://127.0.0.1:8081', gateway.adminUrl).replaceAll('http://127.0.0.1:8080', gateway.url);
    return (await run('bash', ['-euc', script], { timeout: 60_000, env: { ...process.env, EDGE_ADMIN_TOKEN: token } })).stdout;
  };
  return { gateway, shell };
}

const keysOf = (value) => (Array.isArray(value) ? keysOf(value[0]) : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, keysOf(inner)])) : null);

test('docs/operations.md: the marked admin commands work as they stand', async (t) => {
  const { shell } = await startAdmin(t, 'auth:\n  api_keys:\n    - { key: sk-batch, name: batch }\n');
  const outputs = [];
  for (const block of blocks('curl')) {
    for (const line of block.trim().split('\n')) {
      const answer = JSON.parse(await shell(line));
      assert.equal(answer.error, undefined, line);
      outputs.push(answer);
    }
  }
  const [all, one, route, drained, on, stoppedAll, stoppedBoth, shown, keyLifted, lifted] = outputs;
  assert.deepEqual(all.providers.map((provider) => provider.name), ['simulator']);
  assert.equal(one.name, 'simulator');
  assert.deepEqual([route.targets[0].provider, route.targets[0].model, route.targets[0].health], ['simulator', 'echo', 'preferred']);
  assert.deepEqual([drained.switch, on.switch], ['drain', 'on']);
  assert.equal(stoppedAll.all.by, 'admin');
  assert.deepEqual(stoppedBoth.keys.map((key) => key.key), ['batch']);
  assert.deepEqual(shown, stoppedBoth);
  assert.deepEqual([keyLifted.stopped, keyLifted.keys.length, lifted.stopped], [true, 0, false]);
});

test('docs/operations.md: the answer that is shown has the members of a real one, and the debug header tells the route', async (t) => {
  const { gateway, shell } = await startAdmin(t);
  const [debug] = blocks('debug');
  const head = await shell(debug);
  assert.match(head, /^x-edge-route: simulator\/echo=ok;200;\d+\.\d\r$/im);
  assert.match(head, /^x-edge-route-why: strategy=none; candidates=simulator\/echo@0\r$/im);
  const real = JSON.parse(await shell('curl -s -H "$AUTH" $EDGE_ADMIN/targets/simulator'));
  const [shownText] = blocks('answer', 'json');
  const shown = JSON.parse(shownText);
  shown.models = [shown.models[0]];
  real.models = real.models.filter((model) => model.model === 'echo');
  assert.equal(real.models[0].requests, 1);
  assert.deepEqual(keysOf(real), keysOf(shown));
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  for (const [, name] of page.matchAll(/^\| `(edge_(?:upstream|breaker|target|provider|traffic)_[a-z_]+)\{/gm)) assert.match(metrics, new RegExp(`^# TYPE ${name} `, 'm'));
  assert.match(metrics, /^edge_upstream_attempts_total\{provider="simulator",model="echo",result="ok"\} 1$/m);
});

// Every JavaScript of docs/api.md that is marked for it, run exactly as it stands there but for the gateway's address.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startAll } from './fakes/index.js';
import { root } from './gateway.js';

const page = join(root, 'docs', 'api.md');

test('docs/api.md: the marked JavaScript works as it stands', async (t) => {
  if (!existsSync(page)) return t.skip('docs/api.md is absent');
  const blocks = [...readFileSync(page, 'utf8').matchAll(/<!-- test: node -->\n```js\n([\s\S]*?)```/g)].map((match) => match[1]);
  assert.ok(blocks.length > 0, 'docs/api.md holds no block marked <!-- test: node -->');
  const { gateway } = await startAll(t);
  const outputs = [];
  for (const block of blocks) {
    assert.match(block, /http:\/\/127\.0\.0\.1:8080/);
    const script = block.replaceAll('http://127.0.0.1:8080', gateway.url);
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd: join(root, 'tests', 'clients'), timeout: 60_000 });
    outputs.push(stdout);
  }
  assert.deepEqual(outputs, ['Hello there \u{1F600} "q"\n 5\n', 'Hello there \u{1F600} "q"\n5 end_turn\n', 'It is 12:00.\n']);
});

// Every command of the README that is marked for it, run exactly as it stands there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root, startGateway } from './gateway.js';

const readme = join(root, 'README.md');

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

test('README: the marked curl commands work as they stand', async (t) => {
  if (!existsSync(readme)) return t.skip('README.md is absent');
  if (!((await isFree(8080)) && (await isFree(8081)))) return t.skip('port 8080 or 8081 is in use on this machine');
  const text = readFileSync(readme, 'utf8');
  const blocks = [...text.matchAll(/<!-- test: curl -->\n```sh\n([\s\S]*?)```/g)].map((match) => match[1]);
  assert.ok(blocks.length > 0, 'README.md holds no block marked <!-- test: curl -->');
  await startGateway(t, null);
  for (const block of blocks) {
    const { stdout } = await promisify(execFile)('bash', ['-euc', block], { timeout: 60_000 });
    assert.ok(stdout.length > 0, `no output of:\n${block}`);
    assert.doesNotMatch(stdout, /"error"/, block);
    if (/"stream": *true/.test(block)) assert.match(stdout, /data: \[DONE\]\n\n$/, block);
    else if (/chat\/completions/.test(block)) assert.ok(JSON.parse(stdout).choices[0].message.content.length > 0, block);
  }
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createTokenCheck, loadOrCreateToken } from './rpc-token.ts';
import { readToken } from './token-file.ts';

let scratch = '';
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pars-token-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

test('a token is made once, for its owner alone', async () => {
  const path = join(scratch, 'token');
  const token = unwrap(await loadOrCreateToken(path));
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal(unwrap(await loadOrCreateToken(path)), token);
  assert.equal(unwrap(await readToken(path)), token);
});

test('a damaged file is refused, a missing one means no node', async () => {
  const path = join(scratch, 'token');
  assert.deepEqual(await readToken(path), { ok: false, error: { code: 'rpc/unreachable' } });
  await writeFile(path, 'short');
  const damaged = { ok: false, error: { code: 'rpc/bad-token-file' } };
  assert.deepEqual(await readToken(path), damaged);
  assert.deepEqual(await loadOrCreateToken(path), damaged);
});

test('only the same token passes', () => {
  const isToken = createTokenCheck('a'.repeat(43));
  assert.equal(isToken('a'.repeat(43)), true);
  for (const wrong of ['', 'a', 'a'.repeat(42), 'a'.repeat(44), 'b'.repeat(43)]) {
    assert.equal(isToken(wrong), false);
  }
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { adviceFromFailure } from './advice.ts';

test('numbers in an advice count as people do', () => {
  const advice = adviceFromFailure({ code: 'crypto/phrase-word', meta: { index: 4 } });
  assert.match(advice, /Word number 5/);
});

/** Between programs and nodes only, or with an advice that is made on the spot. */
const NEVER_MET =
  /^(cli\/(usage|bug)|rpc\/cannot-listen|api\/(parse-error|invalid-request|batch-refused|unknown-subscription)|node\/contact-quota|session\/(letter-.*|note-malformed)|crypto\/(?!phrase-).*|sql\/argument)$/;

test('every code that a person can meet has an advice of its own', async () => {
  const missing: string[] = [];
  for (const file of [
    ...['api', 'crypto', 'mesh', 'node', 'session'].map((name) => `packages/${name}/src`),
    'packages/platform-node/src/rpc',
    'packages/platform-node/src/vault',
    'packages/vault/src',
    'packages/vault/src/sql',
    'apps/pars/src',
  ]) {
    const url = new URL(
      `../../../${file}/${file.endsWith('node/src/vault') ? 'kept-secret' : 'errors'}.ts`,
      import.meta.url,
    );
    const text = await readFile(url, 'utf8');
    for (const [, code = ''] of text.matchAll(/\| '([a-z]+\/[a-z0-9-]+)'/g)) {
      if (NEVER_MET.test(code)) continue;
      if (adviceFromFailure({ code }).startsWith('This did not work')) missing.push(code);
    }
  }
  assert.deepEqual(missing, []);
});

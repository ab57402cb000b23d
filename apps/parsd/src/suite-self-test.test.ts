import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err } from '@pars/base';
import { createSuite, type Suite } from '@pars/crypto';
import { createNodeCryptoProvider, systemRandom } from '@pars/platform-node';
import { checkSuite } from './suite-self-test.ts';

const suite: Suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });

test('a working suite passes', async () => {
  assert.equal((await checkSuite(suite)).ok, true);
});

test('a suite that opens nothing, anything, or throws does not pass', async () => {
  const broken: readonly Suite['box']['open'][] = [
    async () => err('crypto/open-failed'),
    async () => ({ ok: true, value: { plaintext: new Uint8Array(9), sender: undefined } }),
    async () => {
      throw new Error('provider');
    },
  ];
  for (const open of broken) {
    const check = await checkSuite({ ...suite, box: { ...suite.box, open } });
    assert.equal(check.ok, false);
  }
});

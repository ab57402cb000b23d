import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeVectors } from './vectors-fixture.ts';

test('every format of the container is what its frozen vectors say (PIP-3000 Test Cases)', async () => {
  const frozen = JSON.parse(
    readFileSync(new URL('vault.vectors.json', import.meta.url), 'utf8'),
  ) as unknown;
  assert.deepEqual(JSON.parse(JSON.stringify(await makeVectors())), frozen);
});

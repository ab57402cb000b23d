import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createJavaScriptProvider } from '../provider/javascript-provider.ts';
import { createVectorRandom } from './seeded-random.ts';
import { suiteConformance } from './suite-conformance.ts';
import { makeSuiteVectors, type SuiteVectors, suiteVectorCases } from './suite-vectors.ts';

const file = new URL('../suite-1.vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as SuiteVectors;
const createProvider = () => createJavaScriptProvider({ random: createVectorRandom('suite') });

describe('suite over the JavaScript provider', () => {
  for (const { name, run } of suiteConformance(createProvider)) test(name, run);
  for (const { name, run } of suiteVectorCases(vectors, createProvider)) test(name, run);

  test('the frozen vectors come out of the same seed again, byte for byte', async () => {
    const { shares: _notReproducible, ...frozen } = vectors;
    assert.deepEqual(await makeSuiteVectors(), frozen);
  });
});

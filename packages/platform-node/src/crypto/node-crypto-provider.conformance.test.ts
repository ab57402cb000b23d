import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  differentialConformance,
  providerConformance,
  type SuiteVectors,
  suiteConformance,
  suiteVectorCases,
} from '@pars/crypto/conformance';
import { createJavaScriptProvider } from '@pars/crypto/provider';
import { createNodeCryptoProvider } from './node-crypto-provider.ts';
import { systemRandom } from './system-random.ts';

const frozen = new URL('../../../crypto/src/suite-1.vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(frozen, 'utf8')) as SuiteVectors;
const createJavaScript = () => createJavaScriptProvider({ random: systemRandom });

describe('native provider: known answers and promises', () => {
  for (const { name, run } of providerConformance(createNodeCryptoProvider)) test(name, run);
});

describe('Suite 1 over the native provider', () => {
  for (const { name, run } of suiteConformance(createNodeCryptoProvider)) test(name, run);
  for (const { name, run } of suiteVectorCases(vectors, createNodeCryptoProvider)) test(name, run);
});

describe('native and JavaScript provider against each other', () => {
  for (const { name, run } of differentialConformance(createNodeCryptoProvider, createJavaScript)) {
    test(name, run);
  }
});

import { describe, test } from 'node:test';
import { differentialConformance, providerConformance } from '@pars/crypto/conformance';
import { createJavaScriptProvider } from '@pars/crypto/provider';
import { createNodeCryptoProvider } from './node-crypto-provider.ts';
import { systemRandom } from './system-random.ts';

const createJavaScript = () => createJavaScriptProvider({ random: systemRandom });

describe('native provider: known answers and promises', () => {
  for (const { name, run } of providerConformance(createNodeCryptoProvider)) test(name, run);
});

describe('native and JavaScript provider against each other', () => {
  for (const { name, run } of differentialConformance(createNodeCryptoProvider, createJavaScript)) {
    test(name, run);
  }
});

export { createNodeCryptoProvider } from './crypto/node-crypto-provider.ts';
export { systemRandom } from './crypto/system-random.ts';

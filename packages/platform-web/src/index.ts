export { createBrowserCryptoProvider } from './crypto/browser-crypto-provider.ts';
export { systemRandom } from './system-random.ts';

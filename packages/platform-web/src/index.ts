export { createBrowserCryptoProvider } from './crypto/browser-crypto-provider.ts';
export { openIndexedBlobStore } from './storage/indexed-blob-store.ts';
export { type IndexedStoreOptions, openIndexedStore } from './storage/indexed-store.ts';
export { systemRandom } from './system-random.ts';

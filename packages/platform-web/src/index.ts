export { browserClock, browserScheduler } from './browser-timers.ts';
export { createBrowserCryptoProvider } from './crypto/browser-crypto-provider.ts';
export {
  type BrowserHostDeps,
  type BrowserHostOptions,
  createBrowserHost,
} from './links/browser-host.ts';
export { browserRtcEngine } from './links/rtc-engine.ts';
export {
  pixelsFromQrPicture,
  type QrDensity,
  type QrPicture,
  type QrProfile,
  qrPictureFromText,
  qrProfiles,
  svgPathFromQrPicture,
} from './qr/qr-picture.ts';
export { type QrPixels, readQrPixels } from './qr/qr-reader.ts';
export { openIndexedBlobStore } from './storage/indexed-blob-store.ts';
export { createIndexedMedia, openIndexedMedia } from './storage/indexed-media.ts';
export { type BrowserKeeperFailureCode, openIndexedSecret } from './storage/indexed-secret.ts';
export { type IndexedStoreOptions, openIndexedStore } from './storage/indexed-store.ts';
export { type BrowserMedia, createOpfsMedia, openOpfsMedia } from './storage/opfs-media.ts';
export { loadWasmSqlEngine } from './storage/wasm-sql-engine.ts';
export { systemRandom } from './system-random.ts';

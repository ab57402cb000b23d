export { mayBeBundleLength } from './bundle-length.ts';
export * from './qr-stream/index.ts';
export * from './radio/index.ts';

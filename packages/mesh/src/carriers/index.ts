export * from './qr-stream/index.ts';
export * from './radio/index.ts';

export { parcelsFromSet } from './parcel-set.ts';
export { type QrContent, qrSymbolLength } from './qr-frame.ts';
export { createQrReceiver, type QrProgress, type QrReceiver } from './qr-receiver.ts';
export { createQrSender, maxQrObjectLength, type QrSender } from './qr-sender.ts';

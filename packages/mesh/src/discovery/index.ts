export * from './address/index.ts';
export * from './book/index.ts';
export * from './find/index.ts';
export type { LanBeacon } from './lan-beacon.ts';
export * from './record/index.ts';

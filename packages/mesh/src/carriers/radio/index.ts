export type { RadioChannel } from './airtime.ts';
export { createKissReader, encodeKissFrame, encodeKissKeyUp, type KissReader } from './kiss.ts';
export type { RadioDevice } from './radio-device.ts';
export type { RadioCounts, RadioEffect } from './radio-effect.ts';
export {
  createRadioKey,
  type RadioKey,
  radioGroupKeys,
  radioKeyFromPassphrase,
  radioKeyFromText,
  radioKeyToText,
} from './radio-key.ts';
export { decodeRadioMemory, encodeRadioMemory, type RadioMemory } from './radio-memory.ts';
export { createRadioStation, type RadioOptions, type RadioStation } from './radio-station.ts';

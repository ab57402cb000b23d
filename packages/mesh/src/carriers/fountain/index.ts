export { maxSourceSymbols } from './fountain-code.ts';
export { createFountainDecoder } from './fountain-decoder.ts';
export { createFountainEncoder, type FountainEncoder } from './fountain-encoder.ts';
export { createObjectAssembly, type ObjectAssembly } from './object-assembly.ts';

export { type FountainShape, maxSourceSymbols, sourceSymbolCount } from './fountain-code.ts';
export {
  createFountainDecoder,
  type FountainDecoder,
  type FountainStep,
} from './fountain-decoder.ts';
export { createFountainEncoder, type FountainEncoder } from './fountain-encoder.ts';
export {
  type AssemblyState,
  createObjectAssembly,
  type ObjectAssembly,
} from './object-assembly.ts';

export { type CborFailure, type Codec, createCodec } from './codec.ts';
export type { StructSchema } from './container-schema.ts';
export { schema } from './schema.ts';
export type { Infer, Schema } from './schema-node.ts';

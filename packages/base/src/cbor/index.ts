export { type CborFailure, type Codec, createCodec, MAX_DEPTH } from './codec.ts';
export type {
  StructFields,
  StructSchema,
  StructValue,
  UnionValue,
  UnionVariants,
} from './container-schema.ts';
export { type SchemaBuilders, schema } from './schema.ts';
export type { Infer, Schema } from './schema-node.ts';

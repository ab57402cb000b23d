import { type Codec, createCodec, schema } from '@pars/base';
import { type SpaceId, spaceIds, type VertexId, vertexIds } from '../vertex.ts';
import type { WriterChain } from './writer-numbers.ts';

/** A document as it rests on the disk of its owner. Local: no other device reads it. */
export interface SavedDocument {
  readonly space: SpaceId;
  /** The engine's name and version. */
  readonly format: string;
  /** What of the replica's log is in it. */
  readonly sequence: number;
  readonly voidUpdates: number;
  readonly engine: Uint8Array;
  readonly vertices: readonly {
    readonly id: VertexId;
    readonly heads: readonly { readonly writer: bigint; readonly operation: number }[];
    readonly isOwn: boolean;
  }[];
  readonly writers: readonly WriterChain[];
}

const MAX_BYTES = 16 * 1024 * 1024;
const MAX_ENTRIES = 2 ** 20;

/** At most 16 MiB, one value of a `Store`. */
export const savedDocumentCodec: Codec<SavedDocument> = createCodec(
  'dag document state',
  schema.struct({
    space: [0, spaceIds.schema],
    format: [1, schema.text({ maxBytes: 64 })],
    sequence: [2, schema.uint()],
    voidUpdates: [3, schema.uint()],
    engine: [4, schema.bytes({ max: MAX_BYTES })],
    vertices: [
      5,
      schema.array(
        schema.struct({
          id: [0, vertexIds.schema],
          heads: [
            1,
            schema.array(
              schema.struct({
                writer: [0, schema.bigUint({ max: 2n ** 63n })],
                operation: [1, schema.uint({ max: 2 ** 31 })],
              }),
              { max: 4096 },
            ),
          ],
          isOwn: [2, schema.bool()],
        }),
        { max: MAX_ENTRIES },
      ),
    ],
    writers: [
      6,
      schema.array(
        schema.struct({
          author: [0, schema.bytes({ length: 32 })],
          start: [1, vertexIds.schema, 'optional'],
          previous: [2, vertexIds.schema, 'optional'],
          vertices: [
            3,
            schema.array(schema.struct({ id: [0, vertexIds.schema], time: [1, schema.uint()] }), {
              max: MAX_ENTRIES,
            }),
          ],
        }),
        { max: MAX_ENTRIES },
      ),
    ],
  }),
  { maxBytes: MAX_BYTES },
);

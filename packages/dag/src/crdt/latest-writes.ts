import { compareBytes, type Schema, schema } from '@pars/base';
import { type VertexId, vertexIds } from '../vertex.ts';
import { MAX_STATE_ENTRIES, type Moment } from './replicated-type.ts';

/** One write of a register. */
export interface RegisterWrite {
  readonly id: VertexId;
  readonly value: Uint8Array;
}

/** Writes a register. */
export interface RegisterOperation {
  /** 0 to 65,536 bytes. */
  readonly value: Uint8Array;
}

/** Longest value of a register, in bytes. */
export const MAX_REGISTER_BYTES = 65_536;

/** The format of both registers' operations. */
export const registerOperationSchema: Schema<RegisterOperation> = schema.struct({
  value: [0, schema.bytes({ max: MAX_REGISTER_BYTES })],
});

/** The format of both registers' states: writes in ascending order of ids. */
export const latestWritesSchema: Schema<readonly RegisterWrite[]> = schema.array(
  schema.struct({
    id: [0, vertexIds.schema],
    value: [1, schema.bytes({ max: MAX_REGISTER_BYTES })],
  }),
  { max: MAX_STATE_ENTRIES },
);

/** The writes that no other has in its past, in ascending order of ids, after one more. */
export async function addWrite(
  writes: readonly RegisterWrite[],
  value: Uint8Array,
  at: Moment,
): Promise<readonly RegisterWrite[]> {
  const latest: RegisterWrite[] = [{ id: at.id, value: value.slice() }];
  for (const write of writes) if (!(await at.includes(write.id))) latest.push(write);
  return latest.toSorted((a, b) => compareBytes(a.id, b.id));
}

import {
  type Codec,
  createCodec,
  equalBytes,
  type Failure,
  ok,
  ParsError,
  type Result,
  type Schema,
} from '@pars/base';
import { type DagFailureCode, dagError } from '../errors.ts';
import type { VertexId } from '../vertex.ts';

/** Where in the history of its space an operation stands. */
export interface Moment {
  /** The vertex that carries the operation. */
  readonly id: VertexId;
  /** Whether the vertex of an operation that was applied earlier is an ancestor of this one. */
  includes(past: VertexId): Promise<boolean>;
}

/**
 * One replicated object. Its state is a function of the set of operations and
 * their causal order alone: whatever order a replica received them in, the same
 * set gives the same {@link save}d bytes (PIP-1001 §8).
 *
 * Each vertex must be applied once, ancestors first, one call after the other:
 * that is the order of a replica's log.
 */
export interface ReplicatedType<Operation, Value> {
  apply(operation: Operation, at: Moment): Promise<void>;
  /** What a person sees. A fresh object. */
  value(): Value;
  /** The state, at most 16 MiB; else `dag/state-too-large`. */
  save(): Result<Uint8Array, Failure<DagFailureCode>>;
}

/** One of the seven types: the format of its operations, and how to start or restore an object. */
export interface ReplicatedKind<Operation, Value, T extends ReplicatedType<Operation, Value>> {
  /** Encoding an operation beyond its limits is a bug: `ParsError`. */
  encodeOperation(operation: Operation): Uint8Array;
  /** Fails with `dag/operation-malformed`; never throws. */
  decodeOperation(bytes: Uint8Array): Result<Operation, Failure<DagFailureCode>>;
  create(): T;
  /** Fails with `dag/state-malformed` unless these are bytes that `save` gives. */
  load(bytes: Uint8Array): Result<T, Failure<DagFailureCode>>;
}

/** What one type brings; {@link createReplicatedKind} adds formats and their failures. */
export interface ReplicatedParts<Operation, State, T> {
  readonly name: string;
  readonly operation: Schema<Operation>;
  readonly maxOperationBytes: number;
  readonly state: Schema<State>;
  /** Starts from a state, or `undefined` when no history leads to that state. */
  readonly restore: (
    state: State,
    save: (state: State) => Result<Uint8Array, Failure<DagFailureCode>>,
  ) => T | undefined;
  readonly empty: State;
}

/** Puts a type together. */
export function createReplicatedKind<
  Operation,
  Value,
  State,
  T extends ReplicatedType<Operation, Value>,
>(parts: ReplicatedParts<Operation, State, T>): ReplicatedKind<Operation, Value, T> {
  const operations = createCodec(`dag ${parts.name} operation`, parts.operation, {
    maxBytes: parts.maxOperationBytes,
  });
  const states = createCodec(`dag ${parts.name} state`, parts.state, {
    maxBytes: MAX_STATE_BYTES,
  });
  const save = (state: State) => saveState(states, state);

  return Object.freeze({
    encodeOperation: operations.encode,
    decodeOperation(bytes: Uint8Array) {
      const decoded = operations.decode(bytes);
      if (decoded.ok) return decoded;
      return dagError('dag/operation-malformed', { reason: decoded.error.code });
    },
    create() {
      const created = parts.restore(parts.empty, save);
      if (created === undefined) throw new ParsError('dag/argument', { what: 'empty state' });
      return created;
    },
    load(bytes: Uint8Array) {
      const state = states.decode(bytes);
      if (!state.ok) return dagError('dag/state-malformed', { reason: state.error.code });
      const restored = parts.restore(state.value, save);
      if (restored === undefined) return dagError('dag/state-malformed');
      // Two states with the same bytes are the same: so lists out of order, or twice the same, are refused.
      const again = restored.save();
      if (!again.ok || !equalBytes(again.value, bytes)) return dagError('dag/state-malformed');
      return ok(restored);
    },
  });
}

/** Largest saved state: one value of a `Store`. */
const MAX_STATE_BYTES = 16 * 1024 * 1024;
/** Most entries of a list in a saved state; their bytes are bounded anyway. */
export const MAX_STATE_ENTRIES: number = 2 ** 22;

function saveState<State>(
  codec: Codec<State>,
  state: State,
): Result<Uint8Array, Failure<DagFailureCode>> {
  try {
    return ok(codec.encode(state));
  } catch (error) {
    // The state itself is sound, so a limit is all that can be in the way.
    if (error instanceof ParsError && error.code.startsWith('base/cbor-')) {
      return dagError('dag/state-too-large');
    }
    throw error;
  }
}

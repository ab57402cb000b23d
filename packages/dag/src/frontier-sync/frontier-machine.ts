import { type Failure, ParsError, type RandomDep, type Result } from '@pars/base';
import type { DagFailureCode } from '../errors.ts';
import type { Receipt } from '../replica/admission.ts';
import type { Difference } from '../replica/difference.ts';
import type { HashDep, SpaceId, VertexId } from '../vertex.ts';
import type { SnapshotContent } from './snapshot.ts';

/** What the machine wants to know of the own replica; the answer goes to `loaded`. */
export type FrontierRead =
  /** The frontier, the sequence number and the base. */
  | { readonly kind: 'read'; readonly what: 'place' }
  /** Which of these ids the replica holds. */
  | { readonly kind: 'read'; readonly what: 'has'; readonly ids: readonly VertexId[] }
  /** The first vertex after each of these sequence numbers (`log` with a limit of 1). */
  | { readonly kind: 'read'; readonly what: 'samples'; readonly sequences: readonly number[] }
  /** `Replica.difference`. */
  | {
      readonly kind: 'read';
      readonly what: 'difference';
      readonly heads: readonly VertexId[];
      readonly from: number;
      readonly maxVertices: number;
      readonly maxBytes: number;
    }
  /** The encoding of one vertex. */
  | { readonly kind: 'read'; readonly what: 'vertex'; readonly id: VertexId }
  /** `Replica.missing`, at most so many. */
  | { readonly kind: 'read'; readonly what: 'missing'; readonly limit: number }
  /** The base of the own replica and the application's sealed state there, if there is one. */
  | { readonly kind: 'read'; readonly what: 'snapshot' };

/** The vertex that a replica was pruned at. */
export interface BaseRef {
  readonly id: VertexId;
  readonly time: number;
}

/** The answer to a {@link FrontierRead}, with the same `what`. */
export type FrontierAnswer =
  | {
      readonly what: 'place';
      readonly heads: readonly VertexId[];
      readonly sequence: number;
      readonly base: BaseRef | undefined;
    }
  | { readonly what: 'has'; readonly held: readonly boolean[] }
  | { readonly what: 'samples'; readonly ids: readonly VertexId[] }
  | {
      readonly what: 'difference';
      readonly result: Result<Difference, Failure<DagFailureCode>>;
    }
  | { readonly what: 'vertex'; readonly bytes: Uint8Array | undefined }
  | { readonly what: 'missing'; readonly ids: readonly VertexId[] }
  | { readonly what: 'snapshot'; readonly snapshot: SnapshotContent | undefined };

/** What the owner of a machine has to do, in this order (PIP-1003 §10). */
export type FrontierEffect =
  /** Send this message. */
  | { readonly kind: 'send'; readonly message: Uint8Array }
  /** Ask the replica and call `loaded`. Always the last effect of a list. */
  | FrontierRead
  /** Hand these encodings to `Replica.receive` and call `admitted`. Always the last effect of a list. */
  | { readonly kind: 'admit'; readonly encodings: readonly Uint8Array[] }
  /**
   * A whole snapshot that nobody has judged yet: check who sealed the state, open
   * a fresh replica at `base`, restore the state, and call `imported`. From then
   * on reads are about the new replica. Always the last effect of a list.
   */
  | { readonly kind: 'import'; readonly base: Uint8Array; readonly state: Uint8Array }
  /**
   * Both sides are content. `lacking` counts heads that the other side named and
   * that are still not here: 0 unless it withheld or lied.
   */
  | { readonly kind: 'end'; readonly lacking: number }
  /** The other side broke the rules or a bound: close, and forget this machine. */
  | { readonly kind: 'fail'; readonly failure: Failure<DagFailureCode> };

/**
 * One side of a sync of two replicas of one space; both sides are the same
 * program. It outlives links: what was learnt is kept, but no negative beyond
 * the machine. Messages may come late, twice, in any order, or never; then
 * {@link connected} starts over from what is there (PIP-1003 §10 to §15).
 *
 * One thing at a time: while a `read`, `admit` or `import` is open, nothing but
 * its answer may be handed in; else `ParsError` `dag/argument`.
 */
export interface FrontierSync {
  /** A new link is up, or nothing has come for long on one that loses messages. */
  connected(): readonly FrontierEffect[];
  /** Takes a message of the other side. */
  receive(message: Uint8Array): readonly FrontierEffect[];
  /** The answer to `read`. */
  loaded(answer: FrontierAnswer): readonly FrontierEffect[];
  /** The answer to `admit`. */
  admitted(receipt: Receipt): readonly FrontierEffect[];
  /** The answer to `import`; a failure ends the sync with `dag/snapshot-refused`. */
  imported(result: Result<void, Failure>): readonly FrontierEffect[];
  /** Grows with everything that brings the sync forward; a watchdog looks at it. */
  readonly progress: number;
}

/** How one side of a sync behaves. */
export interface FrontierSyncOptions {
  readonly space: SpaceId;
  /** Who the replica charges for what this peer brings; the `source` of `Replica.receive`. */
  readonly source: string;
  /** The longest message that this side takes, 256 to 32,766 bytes; default 4,096. */
  readonly messageLength?: number;
  /**
   * How many bytes of vertices may be under way to this side: 256 to 16 MiB;
   * default 64 KiB. Take more where answers need days.
   */
  readonly windowBytes?: number;
  /** Names all heads with the greeting, which saves half a round trip. For slow carriage. Default false. */
  readonly eagerHeads?: boolean;
}

/** What a machine is built on. */
export interface FrontierSyncDeps extends HashDep, RandomDep {}

/** The longest message in bytes: with its length it is a frame of 32 KiB, as in PIP-1003 §5. */
export const MAX_FRONTIER_MESSAGE = 32_766;
/** The least that a side may ask for: a radio's frame. */
export const MIN_FRONTIER_MESSAGE = 256;
/** The widest window, in bytes. */
export const MAX_WINDOW_BYTES: number = 16 * 1024 * 1024;

/** The options with their defaults; out of range is a bug of the caller. */
export function requireOptions(options: FrontierSyncOptions): Required<FrontierSyncOptions> {
  const { messageLength = 4096, windowBytes = 65_536, eagerHeads = false } = options;
  requireRange('messageLength', messageLength, MIN_FRONTIER_MESSAGE, MAX_FRONTIER_MESSAGE);
  requireRange('windowBytes', windowBytes, MIN_FRONTIER_MESSAGE, MAX_WINDOW_BYTES);
  return { ...options, messageLength, windowBytes, eagerHeads };
}

function requireRange(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ParsError('dag/argument', { what });
  }
}

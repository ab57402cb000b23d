import { type Err, err, type Failure } from '@pars/base';

/** Failure codes of the DAG. `meta` never holds an id, a source or content. */
export type DagFailureCode =
  /** More bytes than a vertex may have; nothing was read. Refuse the sender. */
  | 'dag/vertex-too-large'
  /** Not the one encoding of a vertex; `meta.reason` is the code of the decoder. Drop it. */
  | 'dag/vertex-malformed'
  /** The parents are not in ascending order, or one stands there twice. Drop it; the author is faulty. */
  | 'dag/parents-unordered'
  /** The logical time is not 1 more than the greatest of its parents. Drop it; the author lies or is faulty. */
  | 'dag/wrong-time'
  /** The bytes have another id than the one asked for. Drop them and ask somebody else. */
  | 'dag/wrong-id'
  /** A vertex names itself as a parent: SHA3-256 is broken, or the hash that was handed in is. Drop it. */
  | 'dag/own-parent'
  /** A parent is an ancestor of another parent, so it says nothing. Drop it; the author is faulty. */
  | 'dag/redundant-parent'
  /** The vertex is not above the snapshot at which this replica was pruned. Drop it; if many come, the snapshot was taken too early. */
  | 'dag/below-snapshot'
  /** A vertex that waited for its parents was dropped with one of them, which was refused. Nothing to do: honest copies can be fetched again. */
  | 'dag/ancestor-refused'
  /** No vertex of that id is in the replica: never seen, or pruned. Fetch it, or a snapshot. */
  | 'dag/unknown-vertex'
  /** More heads than a frontier message may name. Refuse the peer. */
  | 'dag/too-many-heads'
  /** The other side knows nothing at or above our snapshot. Send it a snapshot first. */
  | 'dag/snapshot-needed'
  /** Some vertex is neither at or below nor above the one named, so nothing can be pruned there. Try at a later vertex. */
  | 'dag/cut-not-clean'
  /** The store holds the replica of another space. Open it with the right space or another key prefix. */
  | 'dag/wrong-space'
  /** The store was written by a newer program. Update. */
  | 'dag/unknown-version'
  /** A snapshot was handed in for a store that already holds a replica. Open it without, or elsewhere. */
  | 'dag/not-empty'
  /** An operation breaks its format; `meta.reason` is the code of the decoder. Ignore the operation: everybody does. */
  | 'dag/operation-malformed'
  /** A saved state breaks its format; `meta.reason` is the code of the decoder. Build it anew from the log. */
  | 'dag/state-malformed'
  /** The state is larger than 16 MiB. Keep the log, and do not prune below it. */
  | 'dag/state-too-large'
  /** The replica was pruned and no saved state of the document fits it. Get one, with the snapshot, from another device. */
  | 'dag/document-needs-state'
  /** A message of a member's sync is malformed, longer than was asked for, or not allowed now; `meta.what` says which. End the sync; the peer is faulty. */
  | 'dag/bad-sync-message'
  /** The peer speaks a newer version of member-level sync. Update, or use another peer. */
  | 'dag/unknown-sync-version'
  /** The peer costs much and brings nothing. End the sync, and do not sync with it for a while. */
  | 'dag/sync-exhausted'
  /** The peer sent bytes that no honest replica holds; `meta.reason` is the code of the refusal. End the sync; the peer is faulty. */
  | 'dag/bad-sync-vertex'
  /** Bytes of a snapshot do not match its root, or its length is impossible. End the sync; take it from somebody else. */
  | 'dag/bad-snapshot'
  /** The owner did not take the snapshot; `meta.reason` is its code. Ask another member. */
  | 'dag/snapshot-refused';

/** Codes of the `ParsError`s that this package throws: bugs of the caller or damage of the disk. */
export type DagBugCode =
  /** An argument outside of its documented range; `meta.what` says which. */
  | 'dag/argument'
  /** The replica was closed, or one of its writes failed: open it again. */
  | 'dag/closed'
  /** A row of the store is missing or unreadable. Restore the replica from another member. */
  | 'dag/store-corrupt';

/** The failure side of a result of this package. */
export function dagError(
  code: DagFailureCode,
  meta?: Readonly<Record<string, string | number | boolean>>,
): Err<Failure<DagFailureCode>> {
  return err(code, meta);
}

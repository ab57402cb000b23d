import { concatBytes, ok, type Result, uint32FromBytes, uint32ToBytes } from '@pars/base';
import { SUITE_ID } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { bucketFromParcelLength, maxParcelLength } from '../parcel/index.ts';
import { tagLength } from '../parcel/parcel-header.ts';
import { challengeLength, receiptLength } from '../parcel/receipt.ts';

/** Version of the protocol of keepers: the second byte of every request (PIP-1008 §11). */
export const keeperVersion = 1;
/** Tags of one question at most. */
export const maxAskedTags = 64;
/** The longest message in bytes: the largest parcel with its challenge. */
export const maxKeeperMessage: number = 3 + challengeLength + maxParcelLength;

/** Everything that crosses between a node and a keeper (PIP-1008 §11). */
export type KeeperMessage =
  /** Keep this, and prove to me that you have it. */
  | { readonly type: 'store'; readonly challenge: Uint8Array; readonly parcel: Uint8Array }
  /** The custody receipt of PIP-1002 §8. */
  | { readonly type: 'stored'; readonly receipt: Uint8Array }
  /** No: 1 full, 2 not my shard, 3 refused by the rules of parcels, 4 too much. */
  | { readonly type: 'refused'; readonly reason: number; readonly challenge: Uint8Array }
  /** Which of these tags have parcels; most of them are dummies. */
  | { readonly type: 'ask'; readonly question: number; readonly tags: readonly Uint8Array[] }
  /** A parcel for one of the tags; `left` more of them follow. */
  | {
      readonly type: 'found';
      readonly question: number;
      readonly left: number;
      readonly parcel: Uint8Array;
    }
  /** There is none for any of the tags. */
  | { readonly type: 'end'; readonly question: number };

const types = { store: 1, stored: 2, refused: 3, ask: 4, found: 5, end: 6 } as const;

/** Reasons of a refusal. */
export const refusals: {
  readonly full: number;
  readonly notMyShard: number;
  readonly badParcel: number;
  readonly tooMuch: number;
} = { full: 1, notMyShard: 2, badParcel: 3, tooMuch: 4 };

/** The bytes of a message. */
export function encodeKeeperMessage(message: KeeperMessage): Uint8Array {
  const start = Uint8Array.of(types[message.type], SUITE_ID, keeperVersion);
  switch (message.type) {
    case 'store':
      return concatBytes(start, message.challenge, message.parcel);
    case 'stored':
      return concatBytes(start, message.receipt);
    case 'refused':
      return concatBytes(start, Uint8Array.of(message.reason), message.challenge);
    case 'ask':
      return concatBytes(start, uint32ToBytes(message.question), ...message.tags);
    case 'found':
      return concatBytes(
        start,
        uint32ToBytes(message.question),
        Uint8Array.of(message.left),
        message.parcel,
      );
    case 'end':
      return concatBytes(start, uint32ToBytes(message.question));
  }
}

/**
 * Reads a message: `mesh/bad-keeper-message`, `mesh/unknown-suite` or
 * `mesh/unknown-version`. Total; there is one encoding of every message.
 * Parcels are views of `bytes` and unchecked but for their length.
 */
export function decodeKeeperMessage(bytes: Uint8Array): Result<KeeperMessage, MeshFailure> {
  if (bytes.length < 3 || bytes.length > maxKeeperMessage) return bad('length');
  if (bytes[1] !== SUITE_ID) return meshErr('mesh/unknown-suite');
  if (bytes[2] !== keeperVersion) return meshErr('mesh/unknown-version');
  const rest = bytes.subarray(3);
  switch (bytes[0]) {
    case types.store: {
      const parcel = rest.subarray(challengeLength);
      if (bucketFromParcelLength(parcel.length) === undefined) return bad('store');
      return ok({ type: 'store', challenge: rest.slice(0, challengeLength), parcel });
    }
    case types.stored:
      return rest.length === receiptLength
        ? ok({ type: 'stored', receipt: rest.slice() })
        : bad('stored');
    case types.refused: {
      const reason = rest[0] ?? 0;
      if (rest.length !== 1 + challengeLength || reason < 1 || reason > 4) return bad('refused');
      return ok({ type: 'refused', reason, challenge: rest.slice(1) });
    }
    case types.ask: {
      const count = (rest.length - 4) / tagLength;
      if (!Number.isInteger(count) || count < 1 || count > maxAskedTags) return bad('ask');
      const tags = Array.from({ length: count }, (_, place) =>
        rest.slice(4 + tagLength * place, 4 + tagLength * (place + 1)),
      );
      return ok({ type: 'ask', question: uint32FromBytes(rest), tags });
    }
    case types.found: {
      const left = rest[4] ?? maxAskedTags;
      if (bucketFromParcelLength(rest.length - 5) === undefined || left >= maxAskedTags) {
        return bad('found');
      }
      const question = uint32FromBytes(rest);
      return ok({ type: 'found', question, left, parcel: rest.subarray(5) });
    }
    case types.end:
      return rest.length === 4 ? ok({ type: 'end', question: uint32FromBytes(rest) }) : bad('end');
    default:
      return bad('type');
  }
}

function bad(what: string): Result<never, MeshFailure> {
  return meshErr('mesh/bad-keeper-message', { what });
}

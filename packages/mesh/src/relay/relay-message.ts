import { concatBytes, ok, type Result, uint32FromBytes, uint32ToBytes } from '@pars/base';
import { type MeshFailure, type MeshFailureCode, meshErr } from '../errors.ts';
import type { NodeId } from '../mesh-host.ts';
import { classicalKeyFromNodeId, nodeIdFromClassicalKey } from '../node-id.ts';

/** What a node asks of a relay (PIP-1000 §9.2). */
export type RelayRequest =
  | { readonly kind: 'reserve' }
  | { readonly kind: 'connect'; readonly target: NodeId };

/** What a relay grants with a reservation (PIP-1000 §9.2). */
export interface RelayGrant {
  /** How long the reservation is good without being asked for again: 1 to 2^32-1 seconds. */
  readonly seconds: number;
  /** Bytes that cross one relayed connection, each way: to 2^32-1 KiB. */
  readonly kibibytes: number;
  /** Bytes a second that cross it, each way. */
  readonly bytesPerSecond: number;
}

/** Asked of a relay. */
export const relayProtocol = '/pars/relay/1';
/** Opened by a relay at a node that holds a reservation there. */
export const relayedProtocol = '/pars/relayed/1';

/** First byte of a request. */
const requestType = { reserve: 1, connect: 2 } as const;
/** Bytes of a request after its first. */
const targetLength = 32;
/** The first byte of every answer that is no refusal. */
export const accepted = 0;
/** Bytes of the answer to `reserve` after its first. */
export const grantLength = 12;

/** How many bytes follow the first one of a request. Code: `mesh/bad-relay-message`. */
export function requestRest(type: number | undefined): Result<number, MeshFailure> {
  if (type === requestType.reserve) return ok(0);
  if (type === requestType.connect) return ok(targetLength);
  return meshErr('mesh/bad-relay-message');
}

/** A request from its first byte and what follows, of the length that {@link requestRest} said. */
export function decodeRelayRequest(type: number, rest: Uint8Array): RelayRequest {
  return type === requestType.reserve
    ? { kind: 'reserve' }
    : { kind: 'connect', target: nodeIdFromClassicalKey(rest) };
}

/** 1 or 33 bytes. Code: `mesh/bad-address` for a target that is no node id. */
export function encodeRelayRequest(request: RelayRequest): Result<Uint8Array, MeshFailure> {
  if (request.kind === 'reserve') return ok(Uint8Array.of(requestType.reserve));
  const key = classicalKeyFromNodeId(request.target);
  return key === undefined
    ? meshErr('mesh/bad-address')
    : ok(concatBytes(Uint8Array.of(requestType.connect), key));
}

/** The 13 bytes of a granted reservation. */
export function encodeRelayGrant(grant: RelayGrant): Uint8Array {
  return concatBytes(
    Uint8Array.of(accepted),
    uint32ToBytes(grant.seconds),
    uint32ToBytes(grant.kibibytes),
    uint32ToBytes(grant.bytesPerSecond),
  );
}

/** The 12 bytes behind the first one. Code: `mesh/bad-relay-message` for a reservation of no time or no bytes. */
export function decodeRelayGrant(bytes: Uint8Array): Result<RelayGrant, MeshFailure> {
  if (bytes.length !== grantLength) return meshErr('mesh/bad-relay-message');
  const [seconds, kibibytes, bytesPerSecond] = [0, 4, 8].map((at) => uint32FromBytes(bytes, at));
  if (!seconds || !kibibytes || !bytesPerSecond) return meshErr('mesh/bad-relay-message');
  return ok({ seconds, kibibytes, bytesPerSecond });
}

/** Refusals by their byte; the byte is all that a relay says. */
const refusals: ReadonlyMap<number, MeshFailureCode> = new Map<number, MeshFailureCode>([
  [1, 'mesh/relay-full'],
  [2, 'mesh/relay-busy'],
  [3, 'mesh/relay-no-target'],
  [4, 'mesh/relay-refused'],
]);

/** The byte for a code; `mesh/relay-refused` for one that has none. */
export function refusalByte(code: string): number {
  for (const [byte, known] of refusals) if (known === code) return byte;
  return 4;
}

/** Judges the first byte of an answer. Codes: those of a refusal, `mesh/bad-relay-message`. */
export function judgeAnswer(byte: number | undefined): Result<void, MeshFailure> {
  if (byte === accepted) return ok(undefined);
  return meshErr(refusals.get(byte ?? -1) ?? 'mesh/bad-relay-message');
}

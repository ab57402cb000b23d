import { concatBytes, ok, type Result, uint32FromBytes, uint32ToBytes } from '@pars/base';
import {
  type HybridSignerKey,
  type SigningPublicKeyBytes,
  SUITE_ID,
  type Suite,
} from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { slotFromMs, slotMs } from '../../parcel/parcel-time.ts';
import { type Endpoint, isPublicEndpoint } from '../address/index.ts';
import { decodeEndpoints, encodeEndpoints } from '../find/find-message.ts';
import { contactFromPlace, type NodeContact } from '../find/node-contact.ts';

/** What a node says of itself, signed and dated: for bundles, where nothing can be dialled (PIP-1005 §10). */
export interface NodeRecord {
  readonly contact: NodeContact;
  /** 2,624 bytes; its hash is the contact's fingerprint. */
  readonly nodeKey: SigningPublicKeyBytes;
  /** Milliseconds since 1970, a multiple of 5 minutes. */
  readonly madeMs: number;
}

const keyLength = 2_624;
const signatureLength = 4_691;
const headLength = 6;
const context = 'pars/1 node record';
const version = 1;
/** How long a record is good for, and how far a clock may be ahead. */
const lifeMs = 30 * 86_400_000;
const aheadMs = 86_400_000;

/**
 * A record of the own node (PIP-1005 §10): suite [1] ‖ version [1] ‖ slot [4] ‖
 * node key [2,624] ‖ endpoints, 1 to 3 ‖ signature [4,691]. Only public
 * endpoints stand in it; `undefined` when there is none. At most 7,379 bytes:
 * the content of a bundle's peer record.
 */
export async function makeNodeRecord(
  suite: Pick<Suite, 'signature'>,
  signer: HybridSignerKey,
  endpoints: readonly Endpoint[],
  nowMs: number,
): Promise<Uint8Array | undefined> {
  const open = endpoints.filter(isPublicEndpoint).slice(0, 3);
  if (open.length === 0) return undefined;
  const body = concatBytes(
    Uint8Array.of(SUITE_ID, version),
    uint32ToBytes(slotFromMs(nowMs)),
    signer.publicKey.bytes,
    encodeEndpoints(open),
  );
  return concatBytes(body, await suite.signature.sign(signer, context, body));
}

/**
 * Reads a record and checks its signature and date. Total. Codes:
 * `mesh/bad-node-record`, `mesh/stale-node-record`, `mesh/unknown-suite`,
 * `mesh/unknown-version`, `mesh/address-refused` when none of its endpoints is public.
 */
export async function readNodeRecord(
  suite: Pick<Suite, 'signature' | 'symmetric'>,
  bytes: Uint8Array,
  nowMs: number,
): Promise<Result<NodeRecord, MeshFailure>> {
  const bodyLength = bytes.length - signatureLength;
  if (bodyLength < headLength + keyLength + 8) return meshErr('mesh/bad-node-record');
  if (bytes[0] !== SUITE_ID) return meshErr('mesh/unknown-suite');
  if (bytes[1] !== version) return meshErr('mesh/unknown-version');
  const body = bytes.subarray(0, bodyLength);
  const read = decodeEndpoints(body, headLength + keyLength, 1);
  if (read?.end !== bodyLength) return meshErr('mesh/bad-node-record');
  const madeMs = uint32FromBytes(bytes, 2) * slotMs;
  if (madeMs < nowMs - lifeMs || madeMs > nowMs + aheadMs) return meshErr('mesh/stale-node-record');
  const endpoints = read.endpoints.filter(isPublicEndpoint);
  if (endpoints.length === 0) return meshErr('mesh/address-refused', { scope: 'record' });
  // What costs most comes last.
  const nodeKey = bytes.slice(headLength, headLength + keyLength);
  const verifier = await suite.signature.verifierFromBytes(nodeKey);
  if (!verifier.ok) return meshErr('mesh/bad-node-record');
  const signature = bytes.subarray(bodyLength);
  const isGood = await suite.signature.verify(verifier.value, context, body, signature);
  if (!isGood) return meshErr('mesh/bad-node-record');
  const contact = contactFromPlace(suite.symmetric.sha3(nodeKey), endpoints);
  return ok({ contact, nodeKey: verifier.value.bytes, madeMs });
}

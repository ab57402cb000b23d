import { eraseBytes, expose, ok, type Redacted, type Result } from '@pars/base';
import type {
  HybridSignature,
  HybridSignerKey,
  SigningPublicKeyBytes,
  SymmetricPrimitives,
} from '@pars/crypto';
import { type MeshFailure, meshErr } from '../errors.ts';
import { keyFingerprint, nodeIdFromKey } from '../node-id.ts';
import type { LinkClaim, LinkRole } from './link-claim.ts';
import type { Transcript } from './link-keys.ts';
import { payloadLength } from './link-wire.ts';

/** The one stream multiplexer of link version 1: yamux 1.0.0 (PIP-1000 §4). */
export const yamuxId = 1;

interface IdentityDeps {
  readonly symmetric: SymmetricPrimitives;
  readonly signature: HybridSignature;
}

const keyLength = 2_624;
const signatureLength = 4_691;
const muxerOffset = keyLength + signatureLength;
const zeroNonce = new Uint8Array(12);

/** Seals the identity payload of `role`: 7,440 bytes (PIP-1000 §4). The key is erased. */
export async function sealIdentity(
  deps: IdentityDeps,
  identity: HybridSignerKey,
  role: LinkRole,
  transcript: Transcript,
  key: Redacted<Uint8Array>,
): Promise<Uint8Array> {
  const payload = new Uint8Array(payloadLength);
  payload.set(identity.publicKey.bytes);
  payload[muxerOffset] = yamuxId;
  const signed = signedBytes(transcript, identity.publicKey.bytes, yamuxId);
  payload.set(await deps.signature.sign(identity, `pars/1 link ${role}`, signed), keyLength);
  const sealed = deps.symmetric.gcmSeal(expose(key), zeroNonce, payload, transcript);
  eraseBytes(key);
  return sealed;
}

/** Who decides about a claim besides its signature. */
export interface ClaimJudges {
  /** Asked first, about what the other side knows anyway: our own id, and who was dialled. */
  readonly isWanted: (claim: LinkClaim) => Result<void, MeshFailure>;
  /** Asked last, about a proven claim: nobody else may learn, by the time it takes, whom we know. */
  readonly accept: ((claim: LinkClaim) => Result<void, MeshFailure>) | undefined;
}

/**
 * Opens the identity payload of `role` and checks its layout and that the node
 * key in it is wanted and signed this transcript. The key is erased. Codes:
 * `mesh/decrypt-failed`, `mesh/bad-payload`, `mesh/bad-signature`, and those of the judges.
 */
export async function openIdentity(
  deps: IdentityDeps,
  role: LinkRole,
  transcript: Transcript,
  key: Redacted<Uint8Array>,
  sealed: Uint8Array,
  { isWanted, accept }: ClaimJudges,
): Promise<Result<LinkClaim, MeshFailure>> {
  const payload = deps.symmetric.gcmOpen(expose(key), zeroNonce, sealed, transcript);
  eraseBytes(key);
  if (payload === undefined) return meshErr('mesh/decrypt-failed', { role });
  const isLaidOut =
    payload.length === payloadLength &&
    payload[muxerOffset] === yamuxId &&
    payload.subarray(muxerOffset + 1).every((byte) => byte === 0);
  if (!isLaidOut) return meshErr('mesh/bad-payload', { role });

  const verifier = await deps.signature.verifierFromBytes(payload.slice(0, keyLength));
  if (!verifier.ok) return meshErr('mesh/bad-payload', { role });
  const claim = claimOf(deps.symmetric, verifier.value.bytes);
  const wanted = isWanted(claim);
  if (!wanted.ok) return wanted;
  const isSigned = await deps.signature.verify(
    verifier.value,
    `pars/1 link ${role}`,
    signedBytes(transcript, verifier.value.bytes, yamuxId),
    payload.slice(keyLength, muxerOffset),
  );
  if (!isSigned) return meshErr('mesh/bad-signature', { role });
  const accepted = accept?.(claim) ?? ok(undefined);
  return accepted.ok ? ok(claim) : accepted;
}

function claimOf(symmetric: SymmetricPrimitives, nodeKey: SigningPublicKeyBytes): LinkClaim {
  return {
    nodeKey,
    nodeId: nodeIdFromKey(nodeKey),
    fingerprint: keyFingerprint(symmetric, nodeKey),
  };
}

function signedBytes(transcript: Transcript, nodeKey: Uint8Array, muxer: number): Uint8Array {
  const bytes = new Uint8Array(transcript.length + nodeKey.length + 1);
  bytes.set(transcript);
  bytes.set(nodeKey, transcript.length);
  bytes[bytes.length - 1] = muxer;
  return bytes;
}

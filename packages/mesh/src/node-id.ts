import { type Branded, base32, base58 } from '@pars/base';
import type { SigningPublicKeyBytes, SymmetricPrimitives } from '@pars/crypto';
import type { NodeId } from './mesh-host.ts';

/**
 * SHA3-256 of a whole hybrid node key as base32: 52 characters. Unlike the
 * {@link NodeId}, it also commits to the post-quantum half (PIP-1000 §1).
 */
export type KeyFingerprint = Branded<string, 'KeyFingerprint'>;

/** An Ed25519 public key as libp2p writes it: identity multihash of the protobuf (type 1, 32 bytes). */
const peerIdPrefix = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
const classicalKeyLength = 32;

/** The id of the node with this hybrid key: the libp2p peer id of its Ed25519 half (PIP-1000 §1). */
export function nodeIdFromKey(nodeKey: SigningPublicKeyBytes): NodeId {
  const bytes = new Uint8Array(peerIdPrefix.length + classicalKeyLength);
  bytes.set(peerIdPrefix);
  bytes.set(nodeKey.subarray(0, classicalKeyLength), peerIdPrefix.length);
  return base58.encode(bytes) as NodeId;
}

/** Whether `text` is the id of some Ed25519 key. Total. */
export function isNodeId(text: string): text is NodeId {
  const length = peerIdPrefix.length + classicalKeyLength;
  const bytes = base58.decode(text, { maxBytes: length });
  if (!bytes.ok || bytes.value.length !== length) return false;
  return peerIdPrefix.every((byte, index) => bytes.value[index] === byte);
}

/** The fingerprint of a node key of 2,624 bytes. */
export function keyFingerprint(
  symmetric: SymmetricPrimitives,
  nodeKey: SigningPublicKeyBytes,
): KeyFingerprint {
  return base32.encode(symmetric.sha3(nodeKey)) as KeyFingerprint;
}

/** Whether `text` is a fingerprint. Total. */
export function isKeyFingerprint(text: string): text is KeyFingerprint {
  const bytes = base32.decode(text, { maxBytes: 32 });
  return bytes.ok && bytes.value.length === 32;
}

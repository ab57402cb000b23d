import { type Branded, base32, base58, concatBytes, startsWithBytes } from '@pars/base';
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
  return nodeIdFromClassicalKey(nodeKey);
}

/** The id of the node whose key has this Ed25519 half of 32 bytes. */
export function nodeIdFromClassicalKey(key: Uint8Array): NodeId {
  return base58.encode(concatBytes(peerIdPrefix, key.subarray(0, classicalKeyLength))) as NodeId;
}

/** The Ed25519 key, 32 bytes, that an id names; `undefined` when the text is none. Total. */
export function classicalKeyFromNodeId(text: string): Uint8Array | undefined {
  const length = peerIdPrefix.length + classicalKeyLength;
  const bytes = base58.decode(text, { maxBytes: length });
  if (!bytes.ok || bytes.value.length !== length) return undefined;
  if (!startsWithBytes(bytes.value, peerIdPrefix)) return undefined;
  return bytes.value.slice(peerIdPrefix.length);
}

/** Whether `text` is the id of some Ed25519 key. Total. */
export function isNodeId(text: string): text is NodeId {
  return classicalKeyFromNodeId(text) !== undefined;
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

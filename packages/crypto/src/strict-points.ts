import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { hex } from '@pars/base';

/** A point of edwards25519. */
export type Ed25519Point = InstanceType<typeof ed25519.Point>;

/**
 * The point of an Ed25519 public key (32 bytes), or `undefined` when the
 * encoding is non-canonical, off the curve or of small order (PIP-2000 §2).
 * The suite asks this before any provider sees the key, so that all providers
 * refuse the same keys.
 */
export function ed25519PointFromKey(bytes: Uint8Array): Ed25519Point | undefined {
  try {
    const point = ed25519.Point.fromBytes(bytes, false);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    return undefined;
  }
}

const SMALL_ORDER_POINTS: ReadonlySet<string> = new Set(ED25519_TORSION_SUBGROUP);

/**
 * Whether the R of an Ed25519 signature is of small order. PIP-2000 §2 refuses
 * such signatures: OpenSSL does so and BoringSSL does not. A non-canonical R
 * needs no answer, as it never equals the computed one.
 */
export function hasSmallOrderR(signature: Uint8Array): boolean {
  return SMALL_ORDER_POINTS.has(hex.encode(signature.subarray(0, 32)));
}

const FIELD_PRIME = 2n ** 255n - 19n;

/** u-coordinates whose order divides the cofactor of the curve or its twist (RFC 7748 §6.1). */
const LOW_ORDER_U: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  FIELD_PRIME - 1n,
]);

/** What an X25519 public value (32 bytes) is worth: PIP-2000 §2 accepts `good` alone. */
export function judgeX25519PublicKey(bytes: Uint8Array): 'good' | 'non-canonical' | 'low-order' {
  const u = bytesToNumberLE(bytes);
  if (LOW_ORDER_U.has((u % 2n ** 255n) % FIELD_PRIME)) return 'low-order';
  return u < FIELD_PRIME ? 'good' : 'non-canonical';
}

import type { Branded, Failure, Redacted, Result } from '@pars/base';
import type { SymmetricPrimitives } from './provider/crypto-provider.ts';

/**
 * Suite 1 (PIP-2000), bound to a provider and a source of randomness. The only
 * suite: there is no parameter that chooses an algorithm and no function that
 * takes a classical key alone.
 *
 * Expected failures are coded results (`crypto/…`, see errors.ts); wrong types
 * are bugs and throw.
 */
export interface Suite {
  /** SHA3-256, HKDF-SHA-512 and AES-256-GCM, synchronous. */
  readonly symmetric: SymmetricPrimitives;
  readonly kem: HybridKem;
  readonly signature: HybridSignature;
  readonly ledgerSignature: LedgerSignature;
  readonly rootSignature: RootSignature;
  readonly box: SealedBox;
  readonly secretBox: SecretBox;
  readonly password: PasswordHash;
}

/** 96 bytes: X25519 private key 32 ‖ ML-KEM-1024 seed 64. */
export type KemSeed = Redacted<Uint8Array>;
/** 64 bytes: Ed25519 seed 32 ‖ ML-DSA-87 seed 32. */
export type SigningSeed = Redacted<Uint8Array>;
/** 32 bytes agreed by both ends. */
export type SharedSecret = Redacted<Uint8Array>;

/** 1,600 bytes: X25519 32 ‖ ML-KEM-1024 1,568. */
export type KemPublicKeyBytes = Branded<Uint8Array, 'KemPublicKeyBytes'>;
/** 1,600 bytes: X25519 ephemeral 32 ‖ ML-KEM-1024 ciphertext 1,568. */
export type KemCiphertext = Branded<Uint8Array, 'KemCiphertext'>;
/** 2,624 bytes: Ed25519 32 ‖ ML-DSA-87 2,592. */
export type SigningPublicKeyBytes = Branded<Uint8Array, 'SigningPublicKeyBytes'>;
/** 4,691 bytes: Ed25519 64 ‖ ML-DSA-87 4,627. */
export type HybridSignatureBytes = Branded<Uint8Array, 'HybridSignatureBytes'>;

/** A hybrid public key whose two halves were checked. */
export interface HybridKemPublicKey {
  readonly bytes: KemPublicKeyBytes;
}

/** A hybrid private key, ready for use. */
export interface HybridKemPrivateKey {
  readonly publicKey: HybridKemPublicKey;
}

/** X25519 + ML-KEM-1024 under the SHA3-256 combiner of PIP-2000 §3. */
export interface HybridKem {
  generateSeed(): KemSeed;
  privateKeyFromSeed(seed: KemSeed): Promise<HybridKemPrivateKey>;
  /** Refuses wrong lengths, non-canonical ML-KEM keys and low-order points. */
  publicKeyFromBytes(bytes: Uint8Array): Promise<Result<HybridKemPublicKey, Failure>>;
  encapsulate(
    publicKey: HybridKemPublicKey,
  ): Promise<
    Result<{ readonly ciphertext: KemCiphertext; readonly sharedSecret: SharedSecret }, Failure>
  >;
  decapsulate(
    privateKey: HybridKemPrivateKey,
    ciphertext: Uint8Array,
  ): Promise<Result<SharedSecret, Failure>>;
}

/** A hybrid verification key whose two halves were checked. */
export interface HybridVerifierKey {
  readonly bytes: SigningPublicKeyBytes;
}

/** A hybrid signing key, ready for use. */
export interface HybridSignerKey {
  readonly publicKey: HybridVerifierKey;
}

/** ML-DSA-87 and Ed25519 over the same domain-separated message (PIP-2000 §4). Both must verify. */
export interface HybridSignature {
  generateSeed(): SigningSeed;
  signerFromSeed(seed: SigningSeed): Promise<HybridSignerKey>;
  verifierFromBytes(bytes: Uint8Array): Promise<Result<HybridVerifierKey, Failure>>;
  /** `context`: 1 to 255 ASCII bytes naming the use, e.g. `pars/1 link responder`. */
  sign(
    signer: HybridSignerKey,
    context: string,
    message: Uint8Array,
  ): Promise<HybridSignatureBytes>;
  verify(
    verifier: HybridVerifierKey,
    context: string,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean>;
}

/** ML-DSA-87 alone, for the ledger (PIP-2000 §5). Seed 32, key 2,592, signature 4,627 bytes. */
export interface LedgerSignature {
  generateSeed(): Redacted<Uint8Array>;
  publicKeyFromSeed(seed: Redacted<Uint8Array>): Promise<Uint8Array>;
  sign(seed: Redacted<Uint8Array>, context: string, message: Uint8Array): Promise<Uint8Array>;
  verify(
    publicKey: Uint8Array,
    context: string,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean>;
}

/** SLH-DSA-SHAKE-256s, for the root key (PIP-2000 §6). Seed 96, key 64, signature 29,792 bytes. */
export interface RootSignature {
  publicKeyFromSeed(seed: Redacted<Uint8Array>): Promise<Uint8Array>;
  sign(seed: Redacted<Uint8Array>, context: string, message: Uint8Array): Promise<Uint8Array>;
  verify(
    publicKey: Uint8Array,
    context: string,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean>;
}

/** Anonymous or sender-authenticated encryption to a hybrid public key (PIP-2000 §7). */
export interface SealedBox {
  /**
   * Seals up to 16 MiB. `context` separates uses; `aad` is bound and not sent.
   * With `sender`, a hybrid signature that binds recipient, context, KEM
   * ciphertext and plaintext travels inside the encryption: the recipient
   * learns who sent it (and could prove it to others: no deniability here).
   */
  seal(request: {
    readonly recipient: HybridKemPublicKey;
    readonly context: string;
    readonly plaintext: Uint8Array;
    readonly aad?: Uint8Array;
    readonly sender?: HybridSignerKey;
  }): Promise<Result<Uint8Array, Failure>>;
  /** `sender` is the verified signing key, or `undefined` for an anonymous box. */
  open(request: {
    readonly recipient: HybridKemPrivateKey;
    readonly context: string;
    readonly sealed: Uint8Array;
    readonly aad?: Uint8Array;
  }): Promise<
    Result<
      { readonly plaintext: Uint8Array; readonly sender: HybridVerifierKey | undefined },
      Failure
    >
  >;
}

/** Encryption of a value for storage, under a 32-byte key that its owner keeps (PIP-2000 §12). */
export interface SecretBox {
  /**
   * Seals up to 16 MiB; the result has 41 bytes more. `key`: 32 bytes, uniformly
   * random or derived. `context` separates uses; `aad`, up to 64 KiB, is bound
   * and not stored. Own content beyond a limit is a bug: throws
   * `crypto/argument-range`, and `crypto/argument-length` for another key length.
   */
  seal(request: {
    readonly key: Redacted<Uint8Array>;
    readonly context: string;
    readonly plaintext: Uint8Array;
    readonly aad?: Uint8Array;
  }): Promise<Uint8Array>;
  /**
   * Fails with `crypto/unknown-suite`, `crypto/bad-length`, `crypto/too-long`
   * or `crypto/open-failed` (other key, context or `aad`, or damaged).
   */
  open(request: {
    readonly key: Redacted<Uint8Array>;
    readonly context: string;
    readonly sealed: Uint8Array;
    readonly aad?: Uint8Array;
  }): Promise<Result<Uint8Array, Failure>>;
}

/** Argon2id with the fixed profiles of PIP-2000 §9. */
export interface PasswordHash {
  /** 32 bytes. `salt` is 32 bytes. `profile`: `standard` = 128 MiB, `phone` = 64 MiB; 3 passes, 1 lane. */
  derive(
    password: Redacted<Uint8Array>,
    salt: Uint8Array,
    profile: 'standard' | 'phone',
  ): Promise<Redacted<Uint8Array>>;
}

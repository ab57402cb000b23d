/**
 * The port behind Suite 1 (PIP-2000): the primitives, one by one, as a
 * platform offers them. Only the suite and the platform packages see it;
 * protocols use the suite, which never takes an algorithm name and never a
 * classical key alone.
 *
 * Lengths are in bytes. Wrong lengths are a bug of the caller (the suite
 * checks them first) and throw; hostile content of the right length does not.
 */
export interface CryptoProvider {
  /** For logs, benchmarks and test names. */
  readonly name: 'js' | 'node' | 'webcrypto';
  /** Synchronous symmetric primitives, for state machines and link frames. */
  readonly symmetric: SymmetricPrimitives;
  /** ML-KEM-1024 (FIPS 203). Seed 64 (d ‖ z), public key 1,568, ciphertext 1,568, secret 32. */
  readonly mlKem1024: KemPrimitive;
  /** X25519 (RFC 7748). Private and public keys and secrets 32. */
  readonly x25519: SharedSecretPrimitive;
  /** ML-DSA-87 (FIPS 204, empty context). Seed 32, public key 2,592, signature 4,627. */
  readonly mlDsa87: SignaturePrimitive;
  /** Ed25519 (RFC 8032). Seed 32, public key 32, signature 64. */
  readonly ed25519: SignaturePrimitive;
  /** SLH-DSA-SHAKE-256s (FIPS 205, empty context). Seed 96 (SK.seed ‖ SK.prf ‖ PK.seed), public key 64, signature 29,792. */
  readonly slhDsaShake256s: SignaturePrimitive;
  /** XChaCha20-Poly1305. Key 32, nonce 24, tag 16 (appended). */
  readonly xChaCha20Poly1305: AeadPrimitive;
  /** AES-256-GCM. Key 32, nonce 12, tag 16 (appended). */
  readonly aes256Gcm: AeadPrimitive;
  /** Argon2id (RFC 9106), version 0x13. */
  argon2id(
    password: Uint8Array,
    salt: Uint8Array,
    parameters: Argon2idParameters,
  ): Promise<Uint8Array>;
}

/** Cost of one Argon2id call. */
export interface Argon2idParameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  readonly tagLength: number;
}

/** Synchronous symmetric primitives. All outputs are fresh arrays. */
export interface SymmetricPrimitives {
  /** SHA3-256 of the concatenation of the parts (FIPS 202): 32 bytes. */
  sha3(...parts: readonly Uint8Array[]): Uint8Array;
  /** HKDF-SHA-512 (RFC 5869); `length` 1 to 16,320. */
  hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** AES-256-GCM: ciphertext ‖ tag. */
  gcmSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Uint8Array;
  /**
   * Like {@link gcmSeal} of the concatenation of `parts`, written to `target`
   * from `offset` on: total + 16 bytes. Only where it saves copies; links use
   * it for every frame.
   */
  gcmSealInto?(
    key: Uint8Array,
    nonce: Uint8Array,
    parts: readonly Uint8Array[],
    aad: Uint8Array,
    target: Uint8Array,
    offset: number,
  ): void;
  /** The plaintext, or `undefined` when the tag does not fit. */
  gcmOpen(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    aad: Uint8Array,
  ): Uint8Array | undefined;
}

/** An AEAD that may live outside the calling thread. */
export interface AeadPrimitive {
  /** ciphertext ‖ tag. */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    aad: Uint8Array,
  ): Promise<Uint8Array>;
  /** The plaintext, or `undefined` when the tag does not fit. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    aad: Uint8Array,
  ): Promise<Uint8Array | undefined>;
}

/** A public KEM key, checked and ready for use; `bytes` is its wire form. */
export interface KemPublicKey {
  readonly bytes: Uint8Array;
}

/** A private KEM key, ready for use. Its secret stays inside the provider. */
export interface KemPrivateKey {
  readonly publicKey: KemPublicKey;
}

/** A key encapsulation mechanism. */
export interface KemPrimitive {
  privateKeyFromSeed(seed: Uint8Array): Promise<KemPrivateKey>;
  /** `undefined` for a key that FIPS 203 §7.2 rejects. */
  publicKeyFromBytes(bytes: Uint8Array): Promise<KemPublicKey | undefined>;
  encapsulate(
    publicKey: KemPublicKey,
  ): Promise<{ readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array }>;
  /** With the 32-byte message given: only where the platform lets us (JavaScript). */
  encapsulateWith?(
    publicKey: KemPublicKey,
    message: Uint8Array,
  ): Promise<{ readonly ciphertext: Uint8Array; readonly sharedSecret: Uint8Array }>;
  /** Implicit rejection: a wrong ciphertext of the right length gives a random-looking secret. */
  decapsulate(privateKey: KemPrivateKey, ciphertext: Uint8Array): Promise<Uint8Array>;
}

/** Diffie-Hellman over one group. */
export interface SharedSecretPrimitive {
  privateKeyFromBytes(bytes: Uint8Array): Promise<KemPrivateKey>;
  publicKeyFromBytes(bytes: Uint8Array): Promise<KemPublicKey>;
  /** `undefined` when the result is all zero (low-order point). */
  sharedSecret(privateKey: KemPrivateKey, publicKey: KemPublicKey): Promise<Uint8Array | undefined>;
}

/** A public verification key, ready for use; `bytes` is its wire form. */
export interface VerifierKey {
  readonly bytes: Uint8Array;
}

/** A private signing key, ready for use. Its secret stays inside the provider. */
export interface SignerKey {
  readonly publicKey: VerifierKey;
}

/** A signature scheme. */
export interface SignaturePrimitive {
  signerFromSeed(seed: Uint8Array): Promise<SignerKey>;
  /** `undefined` when the bytes are no valid key. */
  verifierFromBytes(bytes: Uint8Array): Promise<VerifierKey | undefined>;
  sign(signer: SignerKey, message: Uint8Array): Promise<Uint8Array>;
  /** Deterministic variant where the scheme has randomness and the platform lets us (JavaScript). */
  signDeterministic?(signer: SignerKey, message: Uint8Array): Promise<Uint8Array>;
  /** Total: any bytes give `true` or `false`. */
  verify(verifier: VerifierKey, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

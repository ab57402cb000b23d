/**
 * The part of `SubtleCrypto` that the provider uses, with what "Modern
 * Algorithms in the Web Cryptography API" adds to it. Platforms that lack a
 * method throw a `TypeError`, which the probe takes as an answer.
 */
export interface WebSubtle {
  importKey(
    format: 'pkcs8' | 'raw' | 'raw-public' | 'raw-secret' | 'raw-seed',
    keyData: Uint8Array<ArrayBuffer>,
    algorithm: string,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<CryptoKey>;
  exportKey(format: 'raw' | 'raw-public', key: CryptoKey): Promise<ArrayBuffer>;
  getPublicKey(key: CryptoKey, usages: readonly string[]): Promise<CryptoKey>;
  encapsulateBits(
    algorithm: string,
    key: CryptoKey,
  ): Promise<{ readonly ciphertext: ArrayBuffer; readonly sharedKey: ArrayBuffer }>;
  decapsulateBits(
    algorithm: string,
    key: CryptoKey,
    ciphertext: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer>;
  deriveBits(
    algorithm: { readonly name: string; readonly public: CryptoKey },
    key: CryptoKey,
    length: number,
  ): Promise<ArrayBuffer>;
  sign(algorithm: string, key: CryptoKey, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  verify(
    algorithm: string,
    key: CryptoKey,
    signature: Uint8Array<ArrayBuffer>,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>;
  encrypt(
    algorithm: AeadAlgorithm,
    key: CryptoKey,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer>;
  decrypt(
    algorithm: AeadAlgorithm,
    key: CryptoKey,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer>;
}

/** Parameters of an AEAD; the tag has 16 bytes by default. */
export interface AeadAlgorithm {
  readonly name: string;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly additionalData: Uint8Array<ArrayBuffer>;
}

/**
 * The platform's WebCrypto, or `undefined` where there is none: a page that is
 * no secure context (plain http from another machine).
 */
export function findWebSubtle(): WebSubtle | undefined {
  const platform: { readonly crypto?: { readonly subtle?: unknown } } = globalThis;
  return platform.crypto?.subtle as WebSubtle | undefined;
}

/** WebCrypto refuses shared memory: such bytes are copied, all others are passed as they are. */
export function ownedBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? (bytes as Uint8Array<ArrayBuffer>)
    : Uint8Array.from(bytes);
}

/** Whether WebCrypto failed with this `DOMException`. */
export function isWebError(error: unknown, name: 'DataError' | 'OperationError'): boolean {
  return error instanceof DOMException && error.name === name;
}

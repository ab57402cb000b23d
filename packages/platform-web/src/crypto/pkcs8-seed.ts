/** What stands before the 32 secret bytes in the PKCS #8 form of RFC 8410 §7. */
const PREFIX = {
  X25519: '302e020100300506032b656e04220420',
  Ed25519: '302e020100300506032b657004220420',
} as const;

/**
 * The PKCS #8 form (48 bytes) of a raw private key (32 bytes): the only form
 * other than JWK in which WebCrypto takes these keys. Erase it after use.
 */
export function pkcs8FromSeed(
  curve: keyof typeof PREFIX,
  seed: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const encoded = new Uint8Array(48);
  encoded.set(Uint8Array.fromHex(PREFIX[curve]));
  encoded.set(seed, 16);
  return encoded;
}

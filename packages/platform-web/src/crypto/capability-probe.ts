import type {
  AeadPrimitive,
  KemPrimitive,
  SharedSecretPrimitive,
  SignaturePrimitive,
  SymmetricPrimitives,
} from '@pars/crypto/provider';

/** What probes compare with: never the platform's own. */
type Hash = Pick<SymmetricPrimitives, 'sha3'>;

/**
 * Probes ask whether a platform's primitive gives the right answer, not whether
 * it knows the name: each runs the primitive once on a fixed key and compares
 * what is deterministic with a frozen SHA3-256 value. Anything but the right
 * answer, a throw included, is a no. Names of draft algorithms that a platform
 * ships under their final name are therefore not trusted.
 */

/** ML-KEM-1024: the public key of a fixed seed, and a round trip. */
export function probeKem(kem: KemPrimitive, hash: Hash): Promise<boolean> {
  return holds(async () => {
    const privateKey = await kem.privateKeyFromSeed(countedBytes(64));
    const { ciphertext, sharedSecret } = await kem.encapsulate(privateKey.publicKey);
    const opened = await kem.decapsulate(privateKey, ciphertext);
    return (
      hexHash(hash, privateKey.publicKey.bytes) === FROZEN.mlKem1024 &&
      sameBytes(opened, sharedSecret)
    );
  });
}

/** X25519: the secret of a fixed private key with its own public key. */
export function probeSharedSecret(group: SharedSecretPrimitive, hash: Hash): Promise<boolean> {
  return holds(async () => {
    const privateKey = await group.privateKeyFromBytes(countedBytes(32));
    const publicKey = await group.publicKeyFromBytes(privateKey.publicKey.bytes);
    const secret = await group.sharedSecret(privateKey, publicKey);
    return secret !== undefined && hexHash(hash, secret) === FROZEN.x25519;
  });
}

/** ML-DSA-87 or Ed25519: the public key of a fixed seed, and a signature that verifies. */
export function probeSignature(
  scheme: SignaturePrimitive,
  name: 'mlDsa87' | 'ed25519',
  hash: Hash,
): Promise<boolean> {
  return holds(async () => {
    const signer = await scheme.signerFromSeed(countedBytes(32));
    const verifier = await scheme.verifierFromBytes(signer.publicKey.bytes);
    const message = countedBytes(5);
    const signature = await scheme.sign(signer, message);
    return (
      hexHash(hash, signer.publicKey.bytes) === FROZEN[name] &&
      verifier !== undefined &&
      (await scheme.verify(verifier, message, signature)) &&
      !(await scheme.verify(verifier, countedBytes(6), signature))
    );
  });
}

/** AES-256-GCM or XChaCha20-Poly1305: a fixed ciphertext, and its opening. */
export function probeAead(
  aead: AeadPrimitive,
  name: 'aes256Gcm' | 'xChaCha20Poly1305',
  hash: Hash,
): Promise<boolean> {
  return holds(async () => {
    const key = countedBytes(32);
    const nonce = countedBytes(name === 'aes256Gcm' ? 12 : 24);
    const sealed = await aead.seal(key, nonce, countedBytes(40), countedBytes(3));
    const opened = await aead.open(key, nonce, sealed, countedBytes(3));
    return (
      hexHash(hash, sealed) === FROZEN[name] &&
      opened !== undefined &&
      sameBytes(opened, countedBytes(40))
    );
  });
}

/** First 16 bytes of SHA3-256 of what each probe sees, computed with the JavaScript provider. */
const FROZEN = {
  mlKem1024: '61349e5c131a7e116a0463861d7d1866',
  x25519: '796484993f64daa4f49ab3004aba9141',
  mlDsa87: 'e6cf50a9c2fa5234f59949ff61f8161d',
  ed25519: '25dc6af5b9ab0ab034fa8eafd6109105',
  aes256Gcm: 'fb3a9ba21f8b4f0525670a243465946a',
  xChaCha20Poly1305: '657a9392541cc93a9e5fd09c0b30df39',
} as const;

async function holds(probe: () => Promise<boolean>): Promise<boolean> {
  try {
    return await probe();
  } catch {
    return false;
  }
}

/** 0, 1, 2 … as a fixed input. */
function countedBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index);
}

function hexHash(hash: Hash, bytes: Uint8Array): string {
  return hash.sha3(bytes).subarray(0, 16).toHex();
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

import { eraseBytes, expose, type Redacted, redact } from '@pars/base';
import type {
  HybridKemPrivateKey,
  HybridSignerKey,
  KemSeed,
  SigningSeed,
  Suite,
} from '@pars/crypto';
import { type SessionId, sessionIdFromIdentityKey } from './session-id.ts';

/** What a device keeps of a person (PIP-5000 §2). The root seed is not part of it. */
export interface IdentitySeeds {
  /** SLH-DSA-SHAKE-256s public key: 64 bytes. */
  readonly rootPublicKey: Uint8Array;
  /** 64 bytes. */
  readonly signingSeed: SigningSeed;
  /** 96 bytes. */
  readonly staticSeed: KemSeed;
}

/** A person's keys, ready for use. */
export interface Identity {
  readonly sessionId: SessionId;
  readonly rootPublicKey: Uint8Array;
  readonly signer: HybridSignerKey;
  readonly staticKey: HybridKemPrivateKey;
}

/**
 * Derives a person from the 64-byte root seed of a recovery phrase
 * (PIP-5000 §2). The same seed always gives the same person. Takes up to some
 * seconds where SLH-DSA is not native. Throws when the seed has another length.
 */
export async function deriveIdentitySeeds(
  suite: Suite,
  rootSeed: Redacted<Uint8Array>,
): Promise<IdentitySeeds> {
  if (expose(rootSeed).length !== ROOT_SEED_BYTES) throw new TypeError('a root seed has 64 bytes');
  const rootKeySeed = derive(suite, rootSeed, 'pars/1 identity root key', 96);
  const identitySeed = derive(suite, rootSeed, 'pars/1 identity seed', 64);
  try {
    return {
      rootPublicKey: await suite.rootSignature.publicKeyFromSeed(rootKeySeed),
      signingSeed: derive(suite, identitySeed, 'pars/1 identity signing key', 64),
      staticSeed: derive(suite, identitySeed, 'pars/1 identity static key', 96),
    };
  } finally {
    eraseBytes(rootKeySeed);
    eraseBytes(identitySeed);
  }
}

/** Makes the keys of a person usable. */
export async function openIdentity(suite: Suite, seeds: IdentitySeeds): Promise<Identity> {
  const signer = await suite.signature.signerFromSeed(seeds.signingSeed);
  return {
    sessionId: sessionIdFromIdentityKey(suite, signer.publicKey.bytes),
    rootPublicKey: seeds.rootPublicKey,
    signer,
    staticKey: await suite.kem.privateKeyFromSeed(seeds.staticSeed),
  };
}

function derive(
  suite: Suite,
  secret: Redacted<Uint8Array>,
  label: string,
  length: number,
): Redacted<Uint8Array> {
  const info = new TextEncoder().encode(label);
  return redact(suite.symmetric.hkdf(expose(secret), NO_SALT, info, length));
}

const ROOT_SEED_BYTES = 64;
const NO_SALT = new Uint8Array(0);

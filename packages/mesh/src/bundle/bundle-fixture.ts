import { argon2Sync, createCipheriv, createDecipheriv, hash, hkdfSync } from 'node:crypto';
import { concatBytes, type Redacted, redact, uint32ToBytes } from '@pars/base';
import {
  createSimulationRandom,
  createVirtualTime,
  type SimulationRandom,
  type VirtualTime,
} from '@pars/base/fakes';
import {
  createSuite,
  type HybridKemPrivateKey,
  type HybridSignature,
  type HybridSignerKey,
  type Suite,
  type SymmetricPrimitives,
} from '@pars/crypto';
import { type CryptoProvider, createJavaScriptProvider } from '@pars/crypto/provider';
import type { BundleEvent, BundleKeys, BundleOptions, BundleWriterDeps } from './bundle.ts';
import { type BundleSession, sealHead, sessionFromSecret } from './bundle-head.ts';
import type { BundleLayout } from './bundle-layout.ts';
import { readBundleAs } from './bundle-reader.ts';
import type { BundleRecord } from './bundle-record.ts';
import { writeBundleAs } from './bundle-writer.ts';
import { chunkNonce } from './chunk-nonce.ts';

/** Small enough to break every bit of a file. */
export const smallLayout: BundleLayout = {
  chunkLength: 4_096,
  headLength: 2_048,
  keySlots: 2,
  contactSlots: 1,
};

export const bundleDayMs = 86_400_000;
/** 32 bytes of one value: the group key of the tests. */
export function testGroupKey(byte: number): Redacted<Uint8Array> {
  return redact(new Uint8Array(32).fill(byte));
}

/** AES-256-GCM, HKDF and SHA3 of Node, for speed. */
const nativeSymmetric: SymmetricPrimitives = {
  sha3: (...parts) => {
    const [only] = parts;
    const input = parts.length === 1 && only ? only : concatBytes(...parts);
    return new Uint8Array(hash('sha3-256', input, 'buffer'));
  },
  hkdf: (ikm, salt, info, length) => new Uint8Array(hkdfSync('sha512', ikm, salt, info, length)),
  gcmSeal(key, nonce, plaintext, aad) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
    const sealed = new Uint8Array(plaintext.length + 16);
    sealed.set(cipher.update(plaintext));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plaintext.length);
    return sealed;
  },
  gcmOpen(key, nonce, sealed, aad) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad);
    decipher.setAuthTag(sealed.subarray(sealed.length - 16));
    const plaintext = new Uint8Array(decipher.update(sealed.subarray(0, sealed.length - 16)));
    try {
      decipher.final();
      return plaintext;
    } catch {
      return undefined;
    }
  },
};

/** What tests of bundles are made of; the same seed gives the same bytes. */
export interface BundleFixture {
  readonly suite: Suite;
  readonly random: SimulationRandom;
  readonly time: VirtualTime;
  readonly deps: BundleWriterDeps;
  /** How often a password was hashed. */
  readonly argon2Calls: () => number;
  contact(): Promise<HybridKemPrivateKey>;
  write(
    layout: BundleLayout,
    options: Partial<BundleOptions> & Pick<BundleOptions, 'recipients'>,
    records: readonly BundleRecord[],
  ): Promise<Uint8Array>;
  read(layout: BundleLayout, keys: BundleKeys, file: Uint8Array): Promise<readonly BundleEvent[]>;
  peer(length: number): BundleRecord;
  /** A file made chunk by chunk, as a recipient with the key could make it. Group key 1. */
  forge(layout: BundleLayout, forgery: Forgery): Promise<Uint8Array>;
}

/** What stands in a forged file. */
export interface Forgery {
  readonly createdMs?: number;
  readonly expiresMs?: number;
  /** The bodies of the chunks, behind flags and carried length; the last one becomes the last chunk. */
  readonly chunks: (session: BundleSession) => Promise<readonly ForgedChunk[]>;
}

/** Plaintext of a chunk: the records, then zeros. */
export interface ForgedChunk {
  readonly carried?: number;
  readonly flags?: number;
  readonly records: readonly (readonly [kind: number, content: Uint8Array])[];
  /** Instead of the true length of the last record. */
  readonly claimedLength?: number;
  /** Instead of records. */
  readonly raw?: Uint8Array;
}

export async function createBundleFixture(
  seed: string,
  native: Partial<CryptoProvider> = {},
): Promise<BundleFixture> {
  const random = createSimulationRandom(seed);
  const provider = { ...createJavaScriptProvider({ random }), ...native };
  let argon2Calls = 0;
  const plainSuite = createSuite({
    provider: {
      ...provider,
      symmetric: nativeSymmetric,
      argon2id: async (message, nonce, { memoryKiB, passes, lanes, tagLength }) => {
        argon2Calls += 1;
        const cost = { memory: memoryKiB, passes, parallelism: lanes, tagLength };
        return new Uint8Array(argon2Sync('argon2id', { message, nonce, ...cost }));
      },
    },
    random,
  });
  const suite = { ...plainSuite, signature: rememberingSignature(plainSuite.signature) };
  const time = createVirtualTime();
  const exporter: HybridSignerKey = await suite.signature.signerFromSeed(
    suite.signature.generateSeed(),
  );
  const deps = { suite, clock: time.clock, random, exporter };
  return {
    suite,
    random,
    time,
    deps,
    argon2Calls: () => argon2Calls,
    contact: async () => await suite.kem.privateKeyFromSeed(suite.kem.generateSeed()),
    async write(layout, options, records) {
      const full = { lifetimeMs: 7 * bundleDayMs, ...options };
      return concatBytes(...(await Array.fromAsync(writeBundleAs(layout, deps, full, records))));
    },
    read: async (layout, keys, file) =>
      await Array.fromAsync(readBundleAs(layout, deps, keys, piecesOf(file, 5_000))),
    async forge(layout, { createdMs, expiresMs, chunks }) {
      const createdSlot = Math.floor((createdMs ?? time.clock.nowMs()) / 300_000);
      const expirySlot = Math.floor((expiresMs ?? time.clock.nowMs() + bundleDayMs) / 300_000);
      const secret = { fileKey: random.bytes(32), createdSlot, expirySlot };
      const session = sessionFromSecret(deps, secret);
      const recipients = { groupKeys: [testGroupKey(1)], contacts: [], passphrases: [] };
      const forged = await chunks(session);
      const sealed = forged.map((chunk, index) => {
        const plaintext = new Uint8Array(layout.chunkLength - 16);
        plaintext[0] = chunk.flags ?? (index === forged.length - 1 ? 1 : 0);
        plaintext.set(uint32ToBytes(chunk.carried ?? 0), 1);
        let at = 5;
        for (const [number, [kind, content]] of chunk.records.entries()) {
          const isLast = number === chunk.records.length - 1;
          const length = isLast ? (chunk.claimedLength ?? content.length) : content.length;
          plaintext.set(concatBytes(Uint8Array.of(kind), uint32ToBytes(length), content), at);
          at += 5 + content.length;
        }
        if (chunk.raw !== undefined) plaintext.set(chunk.raw, 5);
        return nativeSymmetric.gcmSeal(
          session.chunkKey,
          chunkNonce(index),
          plaintext,
          new Uint8Array(0),
        );
      });
      const heads = [
        await sealHead(deps, layout, recipients, secret),
        await sealHead(deps, layout, recipients, secret),
      ];
      return concatBytes(
        heads[0] ?? new Uint8Array(0),
        ...sealed.slice(0, 16),
        heads[1] ?? new Uint8Array(0),
        ...sealed.slice(16),
      );
    },
    peer: (length) => ({ kind: 'peer', bytes: longBytes(random, length) }),
  };
}

/** A source that gives a file in parts of a length. */
export async function* piecesOf(
  file: Uint8Array,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < file.length; at += length) yield file.subarray(at, at + length);
}

/** All records of the events, in order. */
export function recordsOf(events: readonly BundleEvent[]): readonly BundleRecord[] {
  return events.flatMap((event) => (event.kind === 'chunk' ? event.records : []));
}

/** Verifies equal signatures once: tests read one file thousands of times. */
function rememberingSignature(signature: HybridSignature): HybridSignature {
  const keys = new Map<string, ReturnType<HybridSignature['verifierFromBytes']>>();
  const answers = new Map<string, Promise<boolean>>();
  return {
    ...signature,
    verifierFromBytes(bytes) {
      const key = hash('sha3-256', bytes);
      const known = keys.get(key) ?? signature.verifierFromBytes(bytes);
      keys.set(key, known);
      return known;
    },
    verify(verifier, context, message, seal) {
      const key = hash('sha3-256', concatBytes(verifier.bytes, message, seal)) + context;
      const known = answers.get(key) ?? signature.verify(verifier, context, message, seal);
      answers.set(key, known);
      return known;
    },
  };
}

function longBytes(random: SimulationRandom, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    bytes.set(random.bytes(Math.min(65_536, length - at)), at);
  }
  return bytes;
}

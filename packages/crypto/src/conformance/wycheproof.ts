import { equalBytes } from '@pars/base';
import type { ConformanceCase } from '@pars/base/conformance';
import type { AeadPrimitive, CryptoProvider } from '../provider/crypto-provider.ts';
import { bytesFromHex, expect } from './expectations.ts';

/** The files of C2SP/wycheproof that concern Suite 1. */
export const WYCHEPROOF_FILES: readonly string[] = Object.freeze([
  'aes_gcm_test.json',
  'ed25519_test.json',
  'hkdf_sha512_test.json',
  'mldsa_87_verify_test.json',
  'mlkem_1024_test.json',
  'x25519_test.json',
  'xchacha20_poly1305_test.json',
]);

/** One vector: `tcId`, `result` and fields that depend on the file. */
type Test = Readonly<Record<string, unknown>>;
/** What vectors have in common. */
type Group = Readonly<Record<string, unknown>>;

interface Vector {
  readonly group: Group;
  readonly test: Test;
}

/** Vectors in one case. */
const BATCH = 40;

/** How the vectors of one file are run. */
interface Runner {
  /** Why a vector has no meaning for Suite 1, if it has none. */
  notApplicable(group: Group, test: Test): string | undefined;
  /** Whether the primitive accepted the vector and gave what it says. */
  accepts(provider: CryptoProvider, group: Group, test: Test): Promise<boolean>;
}

/**
 * Every vector of one Wycheproof file as cases: one a batch of 40, one skipped
 * case for each reason why vectors do not apply (with their number), and one
 * that fails when a vector was neither run nor given a reason.
 *
 * `parsedJson` is the parsed file; `fileName` its name as in
 * {@link WYCHEPROOF_FILES}.
 */
export function wycheproofCases(
  fileName: string,
  parsedJson: unknown,
  provider: CryptoProvider,
): readonly ConformanceCase[] {
  const runner = RUNNERS[fileName];
  if (runner === undefined) throw new Error(`no runner for ${fileName}`);
  const applicable: Vector[] = [];
  const skippedByReason = new Map<string, number>();
  let accounted = 0;
  for (const group of arrayOf(parsedJson, 'testGroups')) {
    for (const test of arrayOf(group, 'tests')) {
      accounted += 1;
      const reason = runner.notApplicable(group, test);
      if (reason === undefined) applicable.push({ group, test });
      else skippedByReason.set(reason, (skippedByReason.get(reason) ?? 0) + 1);
    }
  }

  const cases: ConformanceCase[] = [];
  for (let start = 0; start < applicable.length; start += BATCH) {
    const batch = applicable.slice(start, start + BATCH);
    const [first, last] = [batch[0], batch.at(-1)].map((vector) => String(vector?.test['tcId']));
    cases.push({
      name: `wycheproof ${fileName}: vectors ${first} to ${last} (${batch.length}) on ${provider.name}`,
      run: () => runBatch(runner, provider, batch),
    });
  }
  for (const [reason, count] of skippedByReason) {
    const name = `wycheproof ${fileName}: ${count} vectors not applicable`;
    cases.push({ name, skip: reason, run: async () => undefined });
  }
  const expected = fieldOf(parsedJson, 'numberOfTests');
  cases.push({
    name: `wycheproof ${fileName}: all ${accounted} vectors run or named`,
    run: async () =>
      expect(accounted === expected, `${accounted} of ${String(expected)} vectors seen`),
  });
  return cases;
}

async function runBatch(
  runner: Runner,
  provider: CryptoProvider,
  batch: readonly Vector[],
): Promise<void> {
  const wrong: string[] = [];
  for (const { group, test } of batch) {
    // `acceptable` X25519 vectors count as accepted when our rule for them is kept: see the runner.
    const shouldAccept = textOf(test, 'result') !== 'invalid';
    if ((await runner.accepts(provider, group, test)) === shouldAccept) continue;
    wrong.push(`tcId ${String(test['tcId'])} (${String(test['comment'])})`);
  }
  expect(wrong.length === 0, `${wrong.length} of ${batch.length} wrong: ${wrong.join(', ')}`);
}

const RUNNERS: Readonly<Record<string, Runner>> = {
  'aes_gcm_test.json': {
    notApplicable(group) {
      if (fieldOf(group, 'keySize') !== 256)
        return 'Suite 1 has AES-256 only, not AES-128 or AES-192';
      if (fieldOf(group, 'ivSize') !== 96) return 'Suite 1 has 96-bit GCM nonces only';
      return fieldOf(group, 'tagSize') === 128 ? undefined : 'Suite 1 has 128-bit GCM tags only';
    },
    async accepts(provider, _group, test) {
      const { symmetric, aes256Gcm } = provider;
      const synchronous: AeadPrimitive = {
        seal: async (...input) => symmetric.gcmSeal(...input),
        open: async (...input) => symmetric.gcmOpen(...input),
      };
      const first = await acceptsAead(synchronous, test);
      const second = await acceptsAead(aes256Gcm, test);
      expect(first === second, `tcId ${String(fieldOf(test, 'tcId'))}: the two GCM ports differ`);
      return first;
    },
  },
  'xchacha20_poly1305_test.json': {
    notApplicable: () => undefined,
    async accepts(provider, _group, test) {
      if (bytesOf(test, 'iv').length !== 24) {
        return await acceptsWithoutThrow(() => acceptsAead(provider.xChaCha20Poly1305, test));
      }
      return await acceptsAead(provider.xChaCha20Poly1305, test);
    },
  },
  'hkdf_sha512_test.json': {
    notApplicable: () => undefined,
    async accepts(provider, _group, test) {
      const size = fieldOf(test, 'size');
      const derive = () =>
        provider.symmetric.hkdf(
          bytesOf(test, 'ikm'),
          bytesOf(test, 'salt'),
          bytesOf(test, 'info'),
          typeof size === 'number' ? size : 0,
        );
      if (textOf(test, 'result') === 'invalid')
        return await acceptsWithoutThrow(async () => derive());
      return equalBytes(derive(), bytesOf(test, 'okm'));
    },
  },
  'x25519_test.json': {
    notApplicable: () => undefined,
    async accepts(provider, _group, test) {
      const { x25519 } = provider;
      const privateKey = await x25519.privateKeyFromBytes(bytesOf(test, 'private'));
      const publicKey = await x25519.publicKeyFromBytes(bytesOf(test, 'public'));
      const shared = await x25519.sharedSecret(privateKey, publicKey);
      const expected = bytesOf(test, 'shared');
      // An all-zero result must be refused; every other one must be exact.
      if (expected.every((byte) => byte === 0)) return shared === undefined;
      return shared !== undefined && equalBytes(shared, expected);
    },
  },
  'ed25519_test.json': {
    notApplicable: () => undefined,
    async accepts(provider, group, test) {
      const key = bytesFromHex(textOf(fieldOf(group, 'publicKey'), 'pk'));
      const verifier = await provider.ed25519.verifierFromBytes(key);
      if (verifier === undefined) return false;
      return await provider.ed25519.verify(verifier, bytesOf(test, 'msg'), bytesOf(test, 'sig'));
    },
  },
  'mldsa_87_verify_test.json': {
    notApplicable(_group, test) {
      const context = fieldOf(test, 'ctx');
      return typeof context === 'string' && context !== ''
        ? 'the provider port signs with the empty FIPS 204 context only (PIP-2000 §4.2)'
        : undefined;
    },
    async accepts(provider, group, test) {
      const key = bytesOf(group, 'publicKey');
      const verify = async () => {
        const verifier = await provider.mlDsa87.verifierFromBytes(key);
        if (verifier === undefined) return false;
        return await provider.mlDsa87.verify(verifier, bytesOf(test, 'msg'), bytesOf(test, 'sig'));
      };
      // A key of the wrong length is a caller's bug at this port: it throws.
      return key.length === 2592 ? await verify() : await acceptsWithoutThrow(verify);
    },
  },
  'mlkem_1024_test.json': {
    notApplicable: () => undefined,
    async accepts(provider, _group, test) {
      const seed = bytesOf(test, 'seed');
      const ciphertext = bytesOf(test, 'c');
      const compute = async () => {
        const privateKey = await provider.mlKem1024.privateKeyFromSeed(seed);
        const publicKey = await provider.mlKem1024.publicKeyFromBytes(bytesOf(test, 'ek'));
        if (publicKey === undefined) return false;
        const secret = await provider.mlKem1024.decapsulate(privateKey, ciphertext);
        return (
          equalBytes(privateKey.publicKey.bytes, bytesOf(test, 'ek')) &&
          equalBytes(secret, bytesOf(test, 'K'))
        );
      };
      const isWellSized = seed.length === 64 && ciphertext.length === 1568;
      return isWellSized ? await compute() : await acceptsWithoutThrow(compute);
    },
  },
};

/** Seals to exactly the vector and opens it; for invalid vectors both must fail. */
async function acceptsAead(aead: AeadPrimitive, test: Test): Promise<boolean> {
  const [key, nonce, aad, message] = [
    bytesOf(test, 'key'),
    bytesOf(test, 'iv'),
    bytesOf(test, 'aad'),
    bytesOf(test, 'msg'),
  ];
  const sealed = bytesFromHex(textOf(test, 'ct') + textOf(test, 'tag'));
  const opened = await aead.open(key, nonce, sealed, aad);
  const sealedAgain = await aead.seal(key, nonce, message, aad);
  const opens = opened !== undefined && equalBytes(opened, message);
  const seals = equalBytes(sealedAgain, sealed);
  expect(opens === seals, `tcId ${String(fieldOf(test, 'tcId'))}: opening and sealing disagree`);
  return opens;
}

/** For inputs of a wrong length, which the port answers with a throw. */
async function acceptsWithoutThrow(run: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await run()) !== false;
  } catch {
    return false;
  }
}

function fieldOf(container: unknown, name: string): unknown {
  if (typeof container !== 'object' || container === null) return undefined;
  return (container as Readonly<Record<string, unknown>>)[name];
}

function arrayOf(container: unknown, name: string): readonly Group[] {
  const value = fieldOf(container, name);
  if (!Array.isArray(value)) throw new Error(`no array ${name} in the vector file`);
  return value as readonly Group[];
}

function textOf(container: unknown, name: string): string {
  const value = fieldOf(container, name);
  if (typeof value !== 'string') throw new Error(`no text ${name} in the vector file`);
  return value;
}

function bytesOf(container: unknown, name: string): Uint8Array {
  return bytesFromHex(textOf(container, name));
}

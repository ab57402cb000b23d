import { concatBytes, expose, hex, redact, unwrap, utf8ToBytes } from '@pars/base';
import type { ConformanceCase } from '@pars/base/conformance';
import { createSuite } from '../create-suite.ts';
import { createFileEncryption } from '../file-encryption.ts';
import { createPasswordBox } from '../password-box.ts';
import { passwordFromText } from '../password-hash.ts';
import type { CryptoProvider } from '../provider/crypto-provider.ts';
import { createJavaScriptProvider } from '../provider/javascript-provider.ts';
import { entropyFromPhrase, phraseFromEntropy, rootSeedFromEntropy } from '../recovery-phrase.ts';
import { createSecretSharing } from '../secret-sharing.ts';
import { bytesFromHex, countingBytes, expect, expectBytes } from './expectations.ts';
import { type CreateProvider, once } from './provider-conformance.ts';
import { createVectorRandom } from './seeded-random.ts';

/** The frozen vectors of Suite 1 (`suite-1.vectors.json`); digests are SHA3-256, all in hex. */
export interface SuiteVectors {
  readonly about: string;
  readonly kem: {
    readonly publicKeyDigest: string;
    readonly ciphertext: string;
    readonly sharedSecret: string;
  };
  readonly signature: { readonly publicKeyDigest: string; readonly signatureDigest: string };
  readonly ledger: { readonly publicKeyDigest: string; readonly signatureDigest: string };
  readonly root: { readonly publicKey: string };
  readonly anonymousBox: { readonly sealed: string };
  readonly authenticatedBox: { readonly sealedDigest: string };
  readonly file: { readonly key: string; readonly sealed: string };
  readonly password: { readonly phoneHash: string; readonly box: string };
  readonly phrase: { readonly words: string; readonly rootSeed: string };
  readonly secretBox: { readonly sealed: string };
  readonly shares: readonly string[];
}

const CONTEXT = 'pars/1 vectors';
const MESSAGE: Uint8Array = utf8ToBytes('پارس');
const AAD: Uint8Array = utf8ToBytes('associated data');
const KEM_SEED = redact(countingBytes(96));
const SIGNING_SEED = redact(countingBytes(64, 100));
const LEDGER_SEED = redact(countingBytes(32, 50));
const ROOT_SEED = redact(countingBytes(96, 10));
const ENTROPY = redact(countingBytes(32, 200));
const STORAGE_KEY = redact(countingBytes(32, 150));
const SHARED = redact(countingBytes(32, 33));
const PASSWORD = passwordFromText('correct horse');

/** Everything in {@link SuiteVectors} but `shares`, which no seed reproduces; JavaScript provider, seeded. */
export async function makeSuiteVectors(): Promise<Omit<SuiteVectors, 'shares'>> {
  const random = createVectorRandom('pars suite 1 vectors');
  const provider = createJavaScriptProvider({ random });
  const deps = { provider, random };
  const suite = createSuite(deps);
  const digest = (bytes: Uint8Array) => hex.encode(provider.symmetric.sha3(bytes));

  const privateKey = await suite.kem.privateKeyFromSeed(KEM_SEED);
  const encapsulated = unwrap(await suite.kem.encapsulate(privateKey.publicKey));
  const signer = await suite.signature.signerFromSeed(SIGNING_SEED);
  const box = { recipient: privateKey.publicKey, context: CONTEXT, plaintext: MESSAGE, aad: AAD };
  const files = createFileEncryption(deps);
  const fileKey = files.generateKey();
  const passwordBox = createPasswordBox(deps);
  const passwordRequest = { password: PASSWORD, context: CONTEXT, plaintext: MESSAGE } as const;

  return {
    about: 'Suite 1 of Pars (PIP-2000), made with SHAKE256("pars suite 1 vectors") as randomness',
    kem: {
      publicKeyDigest: digest(privateKey.publicKey.bytes),
      ciphertext: hex.encode(encapsulated.ciphertext),
      sharedSecret: hex.encode(expose(encapsulated.sharedSecret)),
    },
    signature: {
      publicKeyDigest: digest(signer.publicKey.bytes),
      signatureDigest: digest(await suite.signature.sign(signer, CONTEXT, MESSAGE)),
    },
    ledger: {
      publicKeyDigest: digest(await suite.ledgerSignature.publicKeyFromSeed(LEDGER_SEED)),
      signatureDigest: digest(await suite.ledgerSignature.sign(LEDGER_SEED, CONTEXT, MESSAGE)),
    },
    root: { publicKey: hex.encode(await suite.rootSignature.publicKeyFromSeed(ROOT_SEED)) },
    anonymousBox: { sealed: hex.encode(unwrap(await suite.box.seal(box))) },
    authenticatedBox: {
      sealedDigest: digest(unwrap(await suite.box.seal({ ...box, sender: signer }))),
    },
    file: {
      key: hex.encode(expose(fileKey)),
      sealed: hex.encode(
        await joined(
          files.encrypt({ key: fileKey, context: CONTEXT, plaintext: streamOf(MESSAGE) }),
        ),
      ),
    },
    password: {
      phoneHash: hex.encode(
        expose(await suite.password.derive(PASSWORD, countingBytes(32), 'phone')),
      ),
      box: hex.encode(
        unwrap(await passwordBox.sealWithPassword({ ...passwordRequest, profile: 'phone' })),
      ),
    },
    phrase: {
      words: expose(phraseFromEntropy(ENTROPY)),
      rootSeed: hex.encode(expose(rootSeedFromEntropy(provider.symmetric, ENTROPY))),
    },
    // Last, because it was added later: each of them draws from the same stream.
    secretBox: {
      sealed: hex.encode(
        await suite.secretBox.seal({
          key: STORAGE_KEY,
          context: CONTEXT,
          plaintext: MESSAGE,
          aad: AAD,
        }),
      ),
    },
  };
}

/**
 * What any provider can check of the frozen vectors: it opens, decapsulates
 * and derives what was made with seeded randomness. `vectors` is the parsed
 * `suite-1.vectors.json`.
 */
export function suiteVectorCases(
  vectors: SuiteVectors,
  createProvider: CreateProvider,
): readonly ConformanceCase[] {
  const provider = once(createProvider);
  return VECTOR_CHECKS.map(({ name, run }) => ({
    name,
    run: async () => run(vectors, await provider()),
  }));
}

const VECTOR_CHECKS: readonly {
  readonly name: string;
  readonly run: (vectors: SuiteVectors, provider: CryptoProvider) => Promise<void>;
}[] = [
  {
    name: 'vectors: kem key, ciphertext and secret',
    async run({ kem }, provider) {
      const suite = createSuite(depsOf(provider));
      const privateKey = await suite.kem.privateKeyFromSeed(KEM_SEED);
      const digest = provider.symmetric.sha3(privateKey.publicKey.bytes);
      expectBytes(digest, kem.publicKeyDigest, 'public key');
      const secret = unwrap(await suite.kem.decapsulate(privateKey, bytesFromHex(kem.ciphertext)));
      expectBytes(expose(secret), kem.sharedSecret, 'secret');
    },
  },
  {
    name: 'vectors: signing keys of hybrid, ledger and root',
    async run({ signature, ledger, root }, provider) {
      const suite = createSuite(depsOf(provider));
      const digest = (bytes: Uint8Array) => provider.symmetric.sha3(bytes);
      const signer = await suite.signature.signerFromSeed(SIGNING_SEED);
      expectBytes(digest(signer.publicKey.bytes), signature.publicKeyDigest, 'hybrid');
      const ledgerKey = await suite.ledgerSignature.publicKeyFromSeed(LEDGER_SEED);
      expectBytes(digest(ledgerKey), ledger.publicKeyDigest, 'ledger');
      const rootKey = await suite.rootSignature.publicKeyFromSeed(ROOT_SEED);
      expectBytes(rootKey, root.publicKey, 'root');
    },
  },
  {
    name: 'vectors: sealed box',
    async run({ anonymousBox }, provider) {
      const suite = createSuite(depsOf(provider));
      const recipient = await suite.kem.privateKeyFromSeed(KEM_SEED);
      const sealed = bytesFromHex(anonymousBox.sealed);
      const opened = await suite.box.open({ recipient, context: CONTEXT, sealed, aad: AAD });
      expectBytes(unwrap(opened).plaintext, MESSAGE, 'plaintext');
    },
  },
  {
    name: 'vectors: encrypted file',
    async run({ file }, provider) {
      const files = createFileEncryption(depsOf(provider));
      const key = redact(bytesFromHex(file.key));
      const sealed = streamOf(bytesFromHex(file.sealed));
      const parts: Uint8Array[] = [];
      for await (const part of files.decrypt({ key, context: CONTEXT, sealed })) {
        parts.push(unwrap(part));
      }
      expectBytes(concatBytes(...parts), MESSAGE, 'content');
    },
  },
  {
    name: 'vectors: password hash and password box (64 MiB of memory)',
    async run({ password }, provider) {
      const suite = createSuite(depsOf(provider));
      const hash = await suite.password.derive(PASSWORD, countingBytes(32), 'phone');
      expectBytes(expose(hash), password.phoneHash, 'hash');
      const box = createPasswordBox(depsOf(provider));
      const sealed = bytesFromHex(password.box);
      const request = { password: PASSWORD, context: CONTEXT, sealed };
      expectBytes(unwrap(await box.openWithPassword(request)), MESSAGE, 'content');
    },
  },
  {
    name: 'vectors: recovery phrase and root seed',
    async run({ phrase }, provider) {
      const entropy = unwrap(entropyFromPhrase(redact(phrase.words)));
      expectBytes(expose(entropy), expose(ENTROPY), 'entropy');
      const seed = rootSeedFromEntropy(provider.symmetric, entropy);
      expectBytes(expose(seed), phrase.rootSeed, 'root seed');
    },
  },
  {
    name: 'vectors: secret box',
    async run({ secretBox }, provider) {
      const suite = createSuite(depsOf(provider));
      const sealed = bytesFromHex(secretBox.sealed);
      const request = { key: STORAGE_KEY, context: CONTEXT, sealed, aad: AAD };
      expectBytes(unwrap(await suite.secretBox.open(request)), MESSAGE, 'plaintext');
    },
  },
  {
    name: 'vectors: every pair of shares rebuilds the secret',
    async run({ shares }, provider) {
      const sharing = createSecretSharing(depsOf(provider));
      const parsed = shares.map((share) => redact(bytesFromHex(share)));
      expect(parsed.length === 3, 'three shares');
      for (const left of [0, 1, 2]) {
        const pair = parsed.filter((_, index) => index !== left);
        const secret = unwrap(await sharing.combine(pair));
        expectBytes(expose(secret), expose(SHARED), 'secret');
      }
    },
  },
];

function depsOf(provider: CryptoProvider) {
  return { provider, random: createVectorRandom('suite vector checks') };
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return concatBytes(...all);
}

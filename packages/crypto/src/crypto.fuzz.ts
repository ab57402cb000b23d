import { concatBytes, expose, ParsError, redact, unwrap } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { countingBytes } from './conformance/expectations.ts';
import { createVectorRandom } from './conformance/seeded-random.ts';
import { createSuite } from './create-suite.ts';
import { createFileEncryption } from './file-encryption.ts';
import { createPasswordBox } from './password-box.ts';
import { passwordFromText } from './password-hash.ts';
import type { CryptoProvider } from './provider/crypto-provider.ts';
import { createJavaScriptProvider } from './provider/javascript-provider.ts';
import { entropyFromPhrase, phraseFromEntropy } from './recovery-phrase.ts';
import { createSecretSharing } from './secret-sharing.ts';

const random = createVectorRandom('fuzz');
const full = createJavaScriptProvider({ random });
/** With an Argon2id that costs next to nothing: its cost is not under test. */
const provider: CryptoProvider = {
  ...full,
  argon2id: (password, salt, cost) =>
    full.argon2id(password, salt, { ...cost, memoryKiB: 8, passes: 1 }),
};
const deps = { provider, random };
const { kem, signature, box, ledgerSignature, rootSignature, secretBox } = createSuite(deps);
const files = createFileEncryption(deps);
const passwords = createPasswordBox(deps);
const sharing = createSecretSharing(deps);

const recipient = await kem.privateKeyFromSeed(redact(countingBytes(96)));
const sender = await signature.signerFromSeed(redact(countingBytes(64)));
const fileKey = files.generateKey();
const password = passwordFromText('password');
const storageKey = redact(countingBytes(32));
const context = 'pars/1 fuzz';
const plaintext = countingBytes(40);

/** A box whose decryption always yields what the fuzzer chose. */
const blindBox = (async () => {
  let content = new Uint8Array(0);
  const blind: CryptoProvider = {
    ...provider,
    xChaCha20Poly1305: { ...provider.xChaCha20Poly1305, open: async () => content },
  };
  const suite = createSuite({ provider: blind, random });
  const own = await suite.kem.privateKeyFromSeed(redact(countingBytes(96)));
  const request = { recipient: own.publicKey, context, plaintext: new Uint8Array(0) };
  const sealed = unwrap(await suite.box.seal(request));
  return {
    async open(input: Uint8Array) {
      content = Uint8Array.from(input);
      return await suite.box.open({ recipient: own, context, sealed });
    },
  };
})();

/** Every decoder of this package; each must answer any bytes with a value or a code. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'crypto/kem-public-key',
    corpus: async () => [recipient.publicKey.bytes],
    run: async (input) => expectCode(await kem.publicKeyFromBytes(input)),
  },
  {
    name: 'crypto/kem-ciphertext',
    corpus: async () => [unwrap(await kem.encapsulate(recipient.publicKey)).ciphertext],
    run: async (input) => expectCode(await kem.decapsulate(recipient, input)),
  },
  {
    name: 'crypto/signing-public-key',
    corpus: async () => [sender.publicKey.bytes],
    run: async (input) => expectCode(await signature.verifierFromBytes(input)),
  },
  {
    name: 'crypto/hybrid-signature',
    corpus: async () => [await signature.sign(sender, context, plaintext)],
    async run(input) {
      await signature.verify(sender.publicKey, context, plaintext, input);
    },
  },
  {
    name: 'crypto/ledger-key-and-signature',
    corpus: async () => {
      const seed = redact(countingBytes(32));
      const signed = await ledgerSignature.sign(seed, context, plaintext);
      return [concatBytes(await ledgerSignature.publicKeyFromSeed(seed), signed)];
    },
    async run(input) {
      const [key, signed] = [input.subarray(0, 2592), input.subarray(2592)];
      await ledgerSignature.verify(key, context, plaintext, signed);
    },
  },
  {
    name: 'crypto/root-key-and-signature',
    corpus: async () => [new Uint8Array(64 + 29_792)],
    async run(input) {
      await rootSignature.verify(input.subarray(0, 64), context, plaintext, input.subarray(64));
    },
  },
  {
    name: 'crypto/sealed-box',
    corpus: async () => {
      const request = { recipient: recipient.publicKey, context, plaintext };
      return [unwrap(await box.seal(request)), unwrap(await box.seal({ ...request, sender }))];
    },
    run: async (input) => expectCode(await box.open({ recipient, context, sealed: input })),
  },
  {
    name: 'crypto/sealed-box-content',
    // Authentic encryption around content that a stranger chose: reaches the inner decoder.
    corpus: async () => [
      concatBytes(Uint8Array.of(0), plaintext),
      concatBytes(Uint8Array.of(1), sender.publicKey.bytes, new Uint8Array(4691), plaintext),
    ],
    async run(input) {
      const blind = await blindBox;
      expectCode(await blind.open(input));
    },
  },
  {
    name: 'crypto/password-box',
    corpus: async () => [
      unwrap(await passwords.sealWithPassword({ password, context, plaintext, profile: 'phone' })),
    ],
    run: async (input) =>
      expectCode(await passwords.openWithPassword({ password, context, sealed: input })),
  },
  {
    name: 'crypto/secret-box',
    corpus: async () => [await secretBox.seal({ key: storageKey, context, plaintext })],
    run: async (input) =>
      expectCode(await secretBox.open({ key: storageKey, context, sealed: input })),
  },
  {
    name: 'crypto/encrypted-file',
    corpus: async () => {
      const parts: Uint8Array[] = [];
      const request = { key: fileKey, context, plaintext: streamOf(plaintext) };
      for await (const part of files.encrypt(request)) parts.push(part);
      return [concatBytes(...parts)];
    },
    async run(input) {
      const request = { key: fileKey, context, sealed: streamOf(input) };
      for await (const part of files.decrypt(request)) expectCode(part);
    },
  },
  {
    name: 'crypto/recovery-phrase',
    corpus: async () => [
      new TextEncoder().encode(expose(phraseFromEntropy(redact(countingBytes(32))))),
    ],
    run: (input) => expectCode(entropyFromPhrase(redact(new TextDecoder().decode(input)))),
  },
  {
    name: 'crypto/share',
    corpus: async () => (await shares()).map((share) => expose(share)),
    async run(input) {
      const [first] = await shares();
      if (first === undefined) throw new Error('no shares');
      expectCode(await sharing.combine([first, redact(input)]));
      expectCode(await sharing.combine([redact(input), redact(input)]));
    },
  },
];

function shares() {
  return sharing.split({ secret: redact(countingBytes(32)), threshold: 2, shareCount: 3 });
}

/** A failure without one of our codes is a bug, as is any throw. */
function expectCode(result: { readonly ok: boolean; readonly error?: { readonly code: string } }) {
  if (result.ok || result.error?.code.startsWith('crypto/')) return;
  throw new ParsError('crypto/fuzz', { code: String(result.error?.code) });
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

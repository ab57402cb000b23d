import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, expose, type Redacted, type Result, redact, unwrap } from '@pars/base';
import { countingBytes } from './conformance/expectations.ts';
import { createVectorRandom } from './conformance/seeded-random.ts';
import { createSuite } from './create-suite.ts';
import { createFileEncryption } from './file-encryption.ts';
import { createPasswordBox } from './password-box.ts';
import { passwordFromText } from './password-hash.ts';
import type { CryptoProvider, SignaturePrimitive } from './provider/crypto-provider.ts';
import { createJavaScriptProvider } from './provider/javascript-provider.ts';
import { createSecretSharing } from './secret-sharing.ts';

/*
 * PIP-2000 §1: an object of any other suite is refused, in every format. First
 * an object that says so, then one that lies: its first byte says suite 1, and
 * a derivation, hash or signature behind it belongs to "suite 2".
 */

const random = createVectorRandom('mutated suite');
const full = createJavaScriptProvider({ random });
/** Root signatures that are as long as real ones and cost nothing. */
const quickRoot: SignaturePrimitive = {
  signerFromSeed: async () => ({ publicKey: { bytes: new Uint8Array(64) } }),
  verifierFromBytes: async (bytes) => ({ bytes }),
  sign: async (_signer, message) => quickSignature(message),
  verify: async (_verifier, message, signature) =>
    quickSignature(message).join() === signature.join(),
};
const provider: CryptoProvider = {
  ...full,
  slhDsaShake256s: quickRoot,
  argon2id: (password, salt, cost) =>
    full.argon2id(password, salt, { ...cost, memoryKiB: 8, passes: 1 }),
};
const context = 'pars/1 test';
const plaintext = countingBytes(100);
const password = passwordFromText('password');
const fileKey: Redacted<Uint8Array> = redact(countingBytes(32, 3));
const storageKey: Redacted<Uint8Array> = redact(countingBytes(32, 4));
const seeds = {
  kem: redact(countingBytes(96)),
  signing: redact(countingBytes(64)),
  ledger: redact(countingBytes(32)),
  root: redact(countingBytes(96)),
};

/** Everything of the suite that seals or opens, over one provider. */
async function createFormats(over: CryptoProvider) {
  const deps = { provider: over, random };
  const suite = createSuite(deps);
  const passwords = createPasswordBox(deps);
  const files = createFileEncryption(deps);
  const sharing = createSecretSharing(deps);
  const recipient = await suite.kem.privateKeyFromSeed(seeds.kem);
  const sender = await suite.signature.signerFromSeed(seeds.signing);
  const boxRequest = { recipient: recipient.publicKey, context, plaintext };
  const openBox = (sealed: Uint8Array): Promise<Result<unknown>> =>
    suite.box.open({ recipient, context, sealed });

  const formats: Readonly<Record<string, Format>> = {
    'anonymous box': {
      code: 'crypto/open-failed',
      seal: async () => unwrap(await suite.box.seal(boxRequest)),
      open: openBox,
    },
    'box with a sender': {
      code: 'crypto/open-failed',
      seal: async () => unwrap(await suite.box.seal({ ...boxRequest, sender })),
      open: openBox,
    },
    'secret box': {
      code: 'crypto/open-failed',
      seal: () => suite.secretBox.seal({ key: storageKey, context, plaintext }),
      open: (sealed) => suite.secretBox.open({ key: storageKey, context, sealed }),
    },
    'password box': {
      code: 'crypto/wrong-password',
      seal: async () => {
        const request = { password, context, plaintext, profile: 'phone' } as const;
        return unwrap(await passwords.sealWithPassword(request));
      },
      open: (sealed) => passwords.openWithPassword({ password, context, sealed }),
    },
    file: {
      code: 'crypto/file-wrong-key',
      async seal() {
        const parts: Uint8Array[] = [];
        const request = { key: fileKey, context, plaintext: streamOf(plaintext) };
        for await (const part of files.encrypt(request)) parts.push(part);
        return concatBytes(...parts);
      },
      async open(sealed) {
        const first = await files
          .decrypt({ key: fileKey, context, sealed: streamOf(sealed) })
          .next();
        assert.ok(first.done !== true);
        return first.value;
      },
    },
    share: {
      code: 'crypto/share-damaged',
      async seal() {
        const request = { secret: redact(countingBytes(32)), threshold: 2, shareCount: 2 };
        const shares = await sharing.split(request);
        return concatBytes(...shares.map((share) => expose(share)));
      },
      open: (both) => sharing.combine([redact(both.subarray(0, 72)), redact(both.subarray(72))]),
    },
  };
  return { suite, formats };
}

interface Format {
  /** What an object is refused with whose first byte alone is right. */
  readonly code: string;
  seal(): Promise<Uint8Array>;
  open(sealed: Uint8Array): Promise<Result<unknown>>;
}

const own = await createFormats(provider);

describe('another suite id', () => {
  for (const [name, { seal, open }] of Object.entries(own.formats)) {
    test(`in a ${name} is refused as such, whichever it is`, async () => {
      const sealed = await seal();
      assert.equal(sealed[0], 1);
      assert.ok((await open(sealed)).ok);
      for (let suiteId = 0; suiteId < 256; suiteId += 1) {
        if (suiteId === 1) continue;
        assert.equal(codeOf(await open(sealed.with(0, suiteId))), 'crypto/unknown-suite');
      }
      const alone = await open(Uint8Array.of(2));
      assert.match(codeOf(alone), /^crypto\/(unknown-suite|share-malformed)$/);
    });
  }
});

describe('an object of another suite that says it is of suite 1', () => {
  const liars: Readonly<Record<string, CryptoProvider>> = {
    'the suite id of its derivations': withHkdf((info) => info.with(0, 2)),
    'the labels of its derivations': withHkdf(renamed),
  };
  for (const [what, liar] of Object.entries(liars)) {
    for (const [name, { code, open }] of Object.entries(own.formats)) {
      test(`is refused for ${what}: ${name}`, async () => {
        const other = await createFormats(liar);
        const sealed = await other.formats[name]?.seal();
        assert.ok(sealed !== undefined && sealed[0] === 1);
        assert.equal(codeOf(await open(sealed)), code);
      });
    }
  }

  test('is refused for the labels of its hashes: combiner, sender, share tag and checksum', async () => {
    const relabelled: CryptoProvider = {
      ...provider,
      symmetric: {
        ...provider.symmetric,
        sha3: (...parts) => provider.symmetric.sha3(...parts.map(renamed)),
      },
    };
    const other = await createFormats(relabelled);
    const code = async (name: string): Promise<string> => {
      const sealed = await other.formats[name]?.seal();
      assert.ok(sealed !== undefined);
      return codeOf((await own.formats[name]?.open(sealed)) ?? { ok: true, value: undefined });
    };
    assert.equal(await code('anonymous box'), 'crypto/open-failed');
    assert.equal(await code('box with a sender'), 'crypto/open-failed');
    assert.equal(await code('share'), 'crypto/share-malformed');

    const senderOnly: CryptoProvider = {
      ...provider,
      symmetric: {
        ...provider.symmetric,
        sha3: (...parts) => provider.symmetric.sha3(...withOtherFirst(parts)),
      },
    };
    const sealed = await (await createFormats(senderOnly)).formats['box with a sender']?.seal();
    assert.ok(sealed !== undefined);
    assert.equal(codeOf(await own.formats['box with a sender']?.open(sealed)), 'crypto/bad-sender');
  });
});

test('a signature of another suite, and of another scheme, is none', async () => {
  // Without the suite's name in it: the domain alone must tell.
  const use = 'some use';
  const renaming = (scheme: SignaturePrimitive): SignaturePrimitive => ({
    ...scheme,
    sign: (signer, message) => scheme.sign(signer, renamed(message)),
  });
  const mlDsa87 = renaming(provider.mlDsa87);
  const ed25519 = renaming(provider.ed25519);
  const slhDsaShake256s = renaming(quickRoot);
  const both = await createFormats({ ...provider, mlDsa87, ed25519, slhDsaShake256s });
  const half = await createFormats({ ...provider, mlDsa87 });
  const { signature, ledgerSignature: ledger, rootSignature: root } = own.suite;

  const signer = await signature.signerFromSeed(seeds.signing);
  const verifies = (signed: Uint8Array): Promise<boolean> =>
    signature.verify(signer.publicKey, use, plaintext, signed);
  assert.ok(await verifies(await signature.sign(signer, use, plaintext)));
  for (const { suite } of [both, half]) {
    const other = await suite.signature.signerFromSeed(seeds.signing);
    assert.equal(await verifies(await suite.signature.sign(other, use, plaintext)), false);
  }

  const ledgerKey = await ledger.publicKeyFromSeed(seeds.ledger);
  const onLedger = await both.suite.ledgerSignature.sign(seeds.ledger, use, plaintext);
  assert.equal(await ledger.verify(ledgerKey, use, plaintext, onLedger), false);

  const rootKey = await root.publicKeyFromSeed(seeds.root);
  const byRoot = await root.sign(seeds.root, use, plaintext);
  assert.ok(await root.verify(rootKey, use, plaintext, byRoot));
  const byOther = await both.suite.rootSignature.sign(seeds.root, use, plaintext);
  assert.equal(await root.verify(rootKey, use, plaintext, byOther), false);
});

function withHkdf(change: (info: Uint8Array) => Uint8Array): CryptoProvider {
  const { symmetric } = provider;
  return {
    ...provider,
    symmetric: {
      ...symmetric,
      hkdf: (ikm, salt, info, length) => symmetric.hkdf(ikm, salt, change(info), length),
    },
  };
}

/** With "pars/2" wherever "pars/1" stood first. */
function renamed(bytes: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf('pars/1');
  return at === -1 ? bytes : bytes.with(at + 5, 0x32);
}

/** Changes the label where it stands first, as in what a sender signs; the combiner's stands last. */
function withOtherFirst(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const [first, ...rest] = parts;
  return first === undefined ? parts : [first.length < 64 ? renamed(first) : first, ...rest];
}

function quickSignature(message: Uint8Array): Uint8Array {
  const signature = new Uint8Array(29_792);
  signature.set(full.symmetric.sha3(message));
  return signature;
}

function codeOf(result: Result<unknown> | undefined): string {
  return result === undefined || result.ok ? 'opened' : result.error.code;
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

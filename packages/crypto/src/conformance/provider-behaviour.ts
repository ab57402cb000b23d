import { concatBytes, utf8ToBytes } from '@pars/base';
import type {
  AeadPrimitive,
  CryptoProvider,
  SignaturePrimitive,
} from '../provider/crypto-provider.ts';
import { countingBytes, expect, expectBytes, expectThrow, flipBit } from './expectations.ts';
import type { ProviderCheck } from './known-answers.ts';

const NONE = new Uint8Array(0);

/** What every provider promises beyond right answers (docstrings of `CryptoProvider`). */
export const PROVIDER_BEHAVIOUR: readonly ProviderCheck[] = [
  {
    name: 'aead: any flipped bit, other key, nonce or aad fails; short input is no error',
    async run(provider) {
      const { symmetric } = provider;
      const synchronousGcm: AeadPrimitive = {
        seal: async (...input) => symmetric.gcmSeal(...input),
        open: async (...input) => symmetric.gcmOpen(...input),
      };
      await checkAead(provider.xChaCha20Poly1305, 24);
      await checkAead(provider.aes256Gcm, 12);
      await checkAead(synchronousGcm, 12);
    },
  },
  {
    name: 'aead: sealing into a target gives the bytes of sealing, and touches no others',
    run: checkSealInto,
  },
  {
    name: 'x25519: both ends agree; a low-order point gives no secret',
    async run({ x25519 }) {
      const left = await x25519.privateKeyFromBytes(countingBytes(32, 1));
      const right = await x25519.privateKeyFromBytes(countingBytes(32, 101));
      const secret = await x25519.sharedSecret(left, right.publicKey);
      expectBytes(await x25519.sharedSecret(right, left.publicKey), secret ?? NONE, 'agreement');
      const zero = await x25519.publicKeyFromBytes(new Uint8Array(32));
      expect((await x25519.sharedSecret(left, zero)) === undefined, 'u = 0 gave a secret');
    },
  },
  {
    name: 'ml-kem-1024: both ends agree, each encapsulation is fresh',
    async run({ mlKem1024 }) {
      const privateKey = await mlKem1024.privateKeyFromSeed(countingBytes(64, 7));
      const publicKey = await mlKem1024.publicKeyFromBytes(privateKey.publicKey.bytes);
      expect(publicKey !== undefined, 'own public key refused');
      const first = await mlKem1024.encapsulate(publicKey);
      const second = await mlKem1024.encapsulate(publicKey);
      expect(first.ciphertext.length === 1568 && first.sharedSecret.length === 32, 'lengths');
      const decapsulated = await mlKem1024.decapsulate(privateKey, first.ciphertext);
      expectBytes(decapsulated, first.sharedSecret, 'agreement');
      expect(!sameBytes(first.ciphertext, second.ciphertext), 'the same ciphertext twice');
      const altered = flipBit(first.ciphertext, 4000);
      const rejected = await mlKem1024.decapsulate(privateKey, altered);
      expect(!sameBytes(rejected, first.sharedSecret), 'an altered ciphertext gave the secret');
      expectBytes(await mlKem1024.decapsulate(privateKey, altered), rejected, 'same rejection');
    },
  },
  {
    name: 'ml-kem-1024: a key with a coefficient of q or more is refused (FIPS 203 §7.2)',
    async run({ mlKem1024 }) {
      const privateKey = await mlKem1024.privateKeyFromSeed(countingBytes(64, 7));
      for (const [first, second] of [
        [0xff, 0x0f],
        [0x01, 0x0d],
      ] as const) {
        // The first 12-bit coefficient becomes 4095, then 3329 = q.
        const bytes = privateKey.publicKey.bytes.slice();
        bytes[0] = first;
        bytes[1] = ((bytes[1] ?? 0) & 0xf0) | second;
        expect((await mlKem1024.publicKeyFromBytes(bytes)) === undefined, `accepted ${second}`);
      }
    },
  },
  {
    name: 'ed25519 and ml-dsa-87: sign and verify, and verify is total',
    async run({ ed25519, mlDsa87 }) {
      await checkSignature(ed25519, countingBytes(32, 3), 64);
      await checkSignature(mlDsa87, countingBytes(32, 4), 4627);
    },
  },
  {
    name: 'slh-dsa-shake-256s: verify is total',
    async run({ slhDsaShake256s }) {
      const verifier = await slhDsaShake256s.verifierFromBytes(countingBytes(64));
      expect(verifier !== undefined, 'key refused');
      for (const length of [0, 1, 29_791, 29_792, 29_793]) {
        const verified = await slhDsaShake256s.verify(verifier, NONE, new Uint8Array(length));
        expect(!verified, `${length} zero bytes verified`);
      }
    },
  },
  {
    name: 'views into larger buffers are read within their bounds',
    async run(provider) {
      const seed = countingBytes(64, 7);
      const padded = concatBytes(countingBytes(5), seed, countingBytes(5)).subarray(5, 69);
      const [plain, viewed] = [
        await provider.mlKem1024.privateKeyFromSeed(seed),
        await provider.mlKem1024.privateKeyFromSeed(padded),
      ];
      expectBytes(viewed.publicKey.bytes, plain.publicKey.bytes, 'ml-kem seed');
      expectBytes(
        provider.symmetric.sha3(padded.subarray(1, 9)),
        provider.symmetric.sha3(seed.slice(1, 9)),
        'sha3',
      );
      const [key, nonce] = [padded.subarray(0, 32), padded.subarray(32, 56)];
      const sealed = await provider.xChaCha20Poly1305.seal(key, nonce, padded, padded);
      const again = await provider.xChaCha20Poly1305.seal(
        seed.slice(0, 32),
        seed.slice(32, 56),
        seed,
        seed,
      );
      expectBytes(sealed, again, 'xchacha');
    },
  },
  {
    name: 'handles show no secret and do not depend on the array they came from',
    async run({ x25519, mlKem1024, ed25519, mlDsa87 }) {
      const seed = countingBytes(64, 9);
      const kem = await mlKem1024.privateKeyFromSeed(seed);
      const scalar = seed.slice(0, 32);
      const dh = await x25519.privateKeyFromBytes(scalar);
      const signers = [
        await ed25519.signerFromSeed(scalar),
        await mlDsa87.signerFromSeed(scalar),
      ] as const;
      for (const handle of [kem, dh, ...signers]) {
        expect(Object.keys(handle).join() === 'publicKey', 'a private handle has own fields');
      }
      const { ciphertext, sharedSecret } = await mlKem1024.encapsulate(kem.publicKey);
      const before = await x25519.sharedSecret(dh, dh.publicKey);
      seed.fill(0);
      scalar.fill(0);
      expectBytes(await mlKem1024.decapsulate(kem, ciphertext), sharedSecret, 'ml-kem');
      expectBytes(await x25519.sharedSecret(dh, dh.publicKey), before ?? NONE, 'x25519');
      expect(
        await ed25519.verify(signers[0].publicKey, NONE, await ed25519.sign(signers[0], NONE)),
        'ed25519',
      );
    },
  },
  {
    name: 'wrong lengths are bugs and throw',
    run: checkWrongLengths,
  },
];

/** Links use it for every frame where a provider has it. */
async function checkSealInto({ symmetric }: CryptoProvider): Promise<void> {
  const { gcmSealInto } = symmetric;
  if (gcmSealInto === undefined) return;
  const [key, nonce] = [countingBytes(32, 50), countingBytes(12, 90)];
  const plaintext = countingBytes(1_000);
  for (const aad of [NONE, countingBytes(1, 7), countingBytes(300, 8)]) {
    for (const cuts of [[], [0], [1], [500], [16, 33], [0, 0, 999, 1_000], [1_000]]) {
      const edges = [0, ...cuts, plaintext.length];
      const parts = edges.slice(1).map((end, index) => plaintext.subarray(edges[index], end));
      const expected = symmetric.gcmSeal(key, nonce, plaintext, aad);
      for (const offset of [0, 1, 17]) {
        const target = new Uint8Array(offset + expected.length + 9).fill(0xee);
        gcmSealInto(key, nonce, parts, aad, target, offset);
        expectBytes(
          target.subarray(offset, offset + expected.length),
          expected,
          `cuts ${cuts.join()}`,
        );
        const isUntouched = [...target.subarray(0, offset), ...target.slice(-9)].every(
          (byte) => byte === 0xee,
        );
        expect(isUntouched, `bytes around offset ${offset} were written`);
      }
    }
  }
  const target = new Uint8Array(16);
  gcmSealInto(key, nonce, [], NONE, target, 0);
  expectBytes(target, symmetric.gcmSeal(key, nonce, NONE, NONE), 'no parts');
  const short = new Uint8Array(1_015);
  const calls: Readonly<Record<string, () => void>> = {
    'a target one byte short': () => gcmSealInto(key, nonce, [plaintext], NONE, short, 0),
    'a key of 16 bytes': () => gcmSealInto(bytes(16), nonce, [], NONE, target, 0),
    'a nonce of 13 bytes': () => gcmSealInto(key, bytes(13), [], NONE, target, 0),
  };
  for (const [what, call] of Object.entries(calls)) await expectThrow(call, what);
}

async function checkAead(aead: AeadPrimitive, nonceLength: number): Promise<void> {
  const [key, nonce] = [countingBytes(32, 50), countingBytes(nonceLength, 90)];
  const [plaintext, aad] = [utf8ToBytes('salâm'), utf8ToBytes('aad')];
  const sealed = await aead.seal(key, nonce, plaintext, aad);
  expect(sealed.length === plaintext.length + 16, 'tag length');
  expectBytes(await aead.open(key, nonce, sealed, aad), plaintext, 'round trip');
  const empty = await aead.seal(key, nonce, NONE, NONE);
  expectBytes(await aead.open(key, nonce, empty, NONE), NONE, 'empty round trip');
  const refuses = async (what: string, ...input: Parameters<AeadPrimitive['open']>) =>
    expect((await aead.open(...input)) === undefined, `opened with ${what}`);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    await refuses(`bit ${bit} flipped`, key, nonce, flipBit(sealed, bit), aad);
  }
  await refuses('another key', flipBit(key, 0), nonce, sealed, aad);
  await refuses('another nonce', key, flipBit(nonce, 0), sealed, aad);
  await refuses('another aad', key, nonce, sealed, flipBit(aad, 0));
  await refuses('no aad', key, nonce, sealed, NONE);
  for (const length of [0, 1, 15])
    await refuses('a short box', key, nonce, sealed.slice(0, length), aad);
}

async function checkSignature(
  scheme: SignaturePrimitive,
  seed: Uint8Array,
  signatureLength: number,
): Promise<void> {
  const signer = await scheme.signerFromSeed(seed);
  const message = utf8ToBytes('a message');
  const signature = await scheme.sign(signer, message);
  expect(signature.length === signatureLength, 'signature length');
  const verifier = await scheme.verifierFromBytes(signer.publicKey.bytes);
  expect(verifier !== undefined, 'own key refused');
  expect(await scheme.verify(verifier, message, signature), 'own signature refused');
  expect(await scheme.verify(signer.publicKey, message, signature), 'refused under own handle');
  for (const bit of [0, 255, 256, signatureLength * 4, signatureLength * 8 - 1]) {
    const verified = await scheme.verify(verifier, message, flipBit(signature, bit));
    expect(!verified, `verified with bit ${bit} flipped`);
  }
  expect(!(await scheme.verify(verifier, flipBit(message, 3), signature)), 'other message');
  for (const length of [0, 1, signatureLength - 1, signatureLength + 1]) {
    const resized = new Uint8Array(length);
    resized.set(signature.subarray(0, length));
    expect(!(await scheme.verify(verifier, message, resized)), `verified ${length} bytes`);
  }
}

const bytes = (length: number): Uint8Array => new Uint8Array(length);

async function checkWrongLengths(provider: CryptoProvider): Promise<void> {
  const { aes256Gcm, ed25519, mlDsa87, mlKem1024, slhDsaShake256s, symmetric, x25519 } = provider;
  const { xChaCha20Poly1305 } = provider;
  const kem = await mlKem1024.privateKeyFromSeed(countingBytes(64));
  const calls: Readonly<Record<string, () => unknown>> = {
    'hkdf of 0 bytes': () => symmetric.hkdf(bytes(1), NONE, NONE, 0),
    'hkdf of 16,321 bytes': () => symmetric.hkdf(bytes(1), NONE, NONE, 16_321),
    'hkdf of 1.5 bytes': () => symmetric.hkdf(bytes(1), NONE, NONE, 1.5),
    'gcm key of 16 bytes': () => symmetric.gcmSeal(bytes(16), bytes(12), NONE, NONE),
    'gcm nonce of 13 bytes': () => symmetric.gcmSeal(bytes(32), bytes(13), NONE, NONE),
    'gcm open, nonce of 8 bytes': () => symmetric.gcmOpen(bytes(32), bytes(8), bytes(16), NONE),
    'async gcm key of 16 bytes': () => aes256Gcm.seal(bytes(16), bytes(12), NONE, NONE),
    'async gcm nonce of 16 bytes': () => aes256Gcm.open(bytes(32), bytes(16), bytes(16), NONE),
    'xchacha key of 31 bytes': () => xChaCha20Poly1305.seal(bytes(31), bytes(24), NONE, NONE),
    'xchacha nonce of 12 bytes': () =>
      xChaCha20Poly1305.open(bytes(32), bytes(12), bytes(16), NONE),
    'x25519 private key of 31 bytes': () => x25519.privateKeyFromBytes(bytes(31)),
    'x25519 public key of 33 bytes': () => x25519.publicKeyFromBytes(bytes(33)),
    'ml-kem seed of 32 bytes': () => mlKem1024.privateKeyFromSeed(bytes(32)),
    'ml-kem public key of 1,184 bytes': () => mlKem1024.publicKeyFromBytes(bytes(1184)),
    'ml-kem ciphertext of 1,567 bytes': () => mlKem1024.decapsulate(kem, bytes(1567)),
    'ml-dsa seed of 33 bytes': () => mlDsa87.signerFromSeed(bytes(33)),
    'ml-dsa public key of 2,591 bytes': () => mlDsa87.verifierFromBytes(bytes(2591)),
    'ed25519 seed of 64 bytes': () => ed25519.signerFromSeed(bytes(64)),
    'ed25519 public key of 0 bytes': () => ed25519.verifierFromBytes(NONE),
    'slh-dsa seed of 32 bytes': () => slhDsaShake256s.signerFromSeed(bytes(32)),
    'slh-dsa public key of 32 bytes': () => slhDsaShake256s.verifierFromBytes(bytes(32)),
  };
  for (const [what, call] of Object.entries(calls)) await expectThrow(call, what);
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

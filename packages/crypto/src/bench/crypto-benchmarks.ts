import { redact, unwrap } from '@pars/base';
import { type Benchmark, type BenchRow, measureRates, type RateOptions } from '@pars/base/bench';
import { type CreateProvider, once } from '../conformance/provider-conformance.ts';
import { createVectorRandom } from '../conformance/seeded-random.ts';
import { createSuite } from '../create-suite.ts';
import { createFileEncryption } from '../file-encryption.ts';
import type { CryptoProvider } from '../provider/crypto-provider.ts';

const CONTEXT = 'pars/1 benchmark';
const NONE = new Uint8Array(0);
/** Our layer over its primitives, at most (cost over cost, one run). */
const BOX_TARGET = 1.25;
const VERIFY_TARGET = 1.1;
/** Many short turns: what disturbs the machine then disturbs both sides of a ratio alike. */
const FINE: RateOptions = { rounds: 61, roundMs: 10 };

/**
 * What Suite 1 costs over a provider: its layer against the sum of the very
 * primitive calls it makes, and the raw rates. `providerName` ends every row's
 * name, e.g. `crypto/sealed-box-1KiB/node`.
 */
export function cryptoBenchmarks(
  providerName: string,
  createProvider: CreateProvider,
): readonly Benchmark[] {
  const stage = once(async () => await createStage(providerName, await createProvider()));
  return [
    { name: `crypto/sealed-box/${providerName}`, run: async () => measureBox(await stage()) },
    { name: `crypto/secret-box/${providerName}`, run: async () => measureSecretBox(await stage()) },
    { name: `crypto/signature/${providerName}`, run: async () => measureSignature(await stage()) },
    {
      name: `crypto/primitives/${providerName}`,
      run: async () => measurePrimitives(await stage()),
    },
    { name: `crypto/bulk/${providerName}`, run: async () => measureBulk(await stage()) },
    { name: `crypto/passwords/${providerName}`, run: async () => measurePasswords(await stage()) },
  ];
}

async function createStage(name: string, provider: CryptoProvider) {
  const random = createVectorRandom('benchmark');
  const suite = createSuite({ provider, random });
  const bytes = (length: number) => random.bytes(length);
  const x25519 = await provider.x25519.privateKeyFromBytes(bytes(32));
  const mlKem = await provider.mlKem1024.privateKeyFromSeed(bytes(64));
  const mlDsa = await provider.mlDsa87.signerFromSeed(bytes(32));
  const ed25519 = await provider.ed25519.signerFromSeed(bytes(32));
  const recipient = await suite.kem.privateKeyFromSeed(suite.kem.generateSeed());
  const sender = await suite.signature.signerFromSeed(suite.signature.generateSeed());
  return { name, provider, random, suite, bytes, x25519, mlKem, mlDsa, ed25519, recipient, sender };
}

type Stage = Awaited<ReturnType<typeof createStage>>;

/** The calls into the port that sealing and opening 1 KiB cannot do without. */
async function boxPrimitives(stage: Stage) {
  const { bytes, provider } = stage;
  const { mlKem1024, symmetric, x25519, xChaCha20Poly1305: aead } = provider;
  const mlKemKey = stage.mlKem.publicKey;
  const content = bytes(1025);
  const info = bytes(48);
  const combine = (secret: Uint8Array, dh: Uint8Array, ct: Uint8Array, ephemeral: Uint8Array) =>
    symmetric.sha3(secret, dh, ct, ephemeral, mlKemKey.bytes, stage.x25519.publicKey.bytes, info);
  const derive = (secret: Uint8Array) => {
    const okm = symmetric.hkdf(secret, NONE, info, 56);
    return [okm.subarray(0, 32), okm.subarray(32)] as const;
  };

  async function seal() {
    const ephemeral = await x25519.privateKeyFromBytes(bytes(32));
    const dh = (await x25519.sharedSecret(ephemeral, stage.x25519.publicKey)) ?? NONE;
    const { ciphertext, sharedSecret } = await mlKem1024.encapsulate(mlKemKey);
    const combined = combine(sharedSecret, dh, ciphertext, ephemeral.publicKey.bytes);
    const [key, nonce] = derive(combined);
    const body = await aead.seal(key, nonce, content, NONE);
    return { ciphertext, ephemeral: ephemeral.publicKey.bytes, body };
  }
  const sealed = await seal();

  async function open() {
    const ephemeral = await x25519.publicKeyFromBytes(sealed.ephemeral);
    const dh = (await x25519.sharedSecret(stage.x25519, ephemeral)) ?? NONE;
    const secret = await mlKem1024.decapsulate(stage.mlKem, sealed.ciphertext);
    const [key, nonce] = derive(combine(secret, dh, sealed.ciphertext, sealed.ephemeral));
    return await aead.open(key, nonce, sealed.body, NONE);
  }
  return { seal, open };
}

async function measureBox(stage: Stage): Promise<readonly BenchRow[]> {
  const { name, recipient, sender, suite } = stage;
  const plaintext = stage.bytes(1024);
  const to = { recipient: recipient.publicKey, context: CONTEXT, plaintext };
  const anonymous = unwrap(await suite.box.seal(to));
  const authenticated = unwrap(await suite.box.seal({ ...to, sender }));
  const primitives = await boxPrimitives(stage);
  const open = (sealed: Uint8Array) => suite.box.open({ recipient, context: CONTEXT, sealed });
  const seal = { whole: () => suite.box.seal(to), parts: primitives.seal };
  const opening = { whole: () => open(anonymous), parts: primitives.open };
  const sealRates = await measureRates(seal, FINE);
  const openRates = await measureRates(opening, FINE);
  const withSender = await measureRates(
    { seal: () => suite.box.seal({ ...to, sender }), open: () => open(authenticated) },
    { rounds: 7 },
  );
  return [
    compared(`crypto/sealed-box-1KiB/${name}`, sealRates.whole, sealRates.parts, BOX_TARGET),
    compared(`crypto/open-box-1KiB/${name}`, openRates.whole, openRates.parts, BOX_TARGET),
    rate(`crypto/sealed-box-1KiB-with-sender/${name}`, withSender.seal),
    rate(`crypto/open-box-1KiB-with-sender/${name}`, withSender.open),
  ];
}

/** A stored value of 1 KiB against one derivation and one AEAD call. */
async function measureSecretBox(stage: Stage): Promise<readonly BenchRow[]> {
  const { bytes, name, provider, suite } = stage;
  const { symmetric, xChaCha20Poly1305: aead } = provider;
  const [secret, plaintext, aad, info] = [bytes(32), bytes(1024), bytes(42), bytes(37)];
  const value = { key: redact(secret), context: CONTEXT, aad };
  const sealed = await suite.secretBox.seal({ ...value, plaintext });
  const derive = () => symmetric.hkdf(secret, NONE, info, 32);
  const [nonce, key] = [bytes(24), derive()];
  const body = await aead.seal(key, nonce, plaintext, aad);
  const sealRates = await measureRates(
    {
      whole: () => suite.secretBox.seal({ ...value, plaintext }),
      parts: () => aead.seal(derive(), bytes(24), plaintext, aad),
    },
    FINE,
  );
  const openRates = await measureRates(
    {
      whole: () => suite.secretBox.open({ ...value, sealed }),
      parts: () => aead.open(derive(), nonce, body, aad),
    },
    FINE,
  );
  return [
    compared(`crypto/secret-box-1KiB/${name}`, sealRates.whole, sealRates.parts),
    compared(`crypto/open-secret-box-1KiB/${name}`, openRates.whole, openRates.parts),
  ];
}

async function measureSignature(stage: Stage): Promise<readonly BenchRow[]> {
  const { ed25519, mlDsa, name, provider, sender, suite } = stage;
  const message = stage.bytes(200);
  const signed = await suite.signature.sign(sender, CONTEXT, message);
  const framed = stage.bytes(message.length + 41);
  const classical = await provider.ed25519.sign(ed25519, framed);
  const postQuantum = await provider.mlDsa87.sign(mlDsa, framed);
  const rates = await measureRates(
    {
      whole: () => suite.signature.verify(sender.publicKey, CONTEXT, message, signed),
      async parts() {
        const first = await provider.ed25519.verify(ed25519.publicKey, framed, classical);
        return first && (await provider.mlDsa87.verify(mlDsa.publicKey, framed, postQuantum));
      },
    },
    FINE,
  );
  const { sign } = await measureRates(
    { sign: () => suite.signature.sign(sender, CONTEXT, message) },
    { rounds: 7 },
  );
  return [
    compared(`crypto/hybrid-verify/${name}`, rates.whole, rates.parts, VERIFY_TARGET),
    rate(`crypto/hybrid-sign/${name}`, sign),
  ];
}

async function measurePrimitives(stage: Stage): Promise<readonly BenchRow[]> {
  const { bytes, ed25519, mlDsa, mlKem, name, provider, x25519 } = stage;
  const message = bytes(200);
  const [seed32, seed64] = [bytes(32), bytes(64)];
  const { ciphertext } = await provider.mlKem1024.encapsulate(mlKem.publicKey);
  const classical = await provider.ed25519.sign(ed25519, message);
  const postQuantum = await provider.mlDsa87.sign(mlDsa, message);
  const rates = await measureRates(
    {
      'ml-kem-1024-keygen': () => provider.mlKem1024.privateKeyFromSeed(seed64),
      'ml-kem-1024-encapsulate': () => provider.mlKem1024.encapsulate(mlKem.publicKey),
      'ml-kem-1024-decapsulate': () => provider.mlKem1024.decapsulate(mlKem, ciphertext),
      'x25519-keygen': () => provider.x25519.privateKeyFromBytes(seed32),
      'x25519-exchange': () => provider.x25519.sharedSecret(x25519, x25519.publicKey),
      'ml-dsa-87-keygen': () => provider.mlDsa87.signerFromSeed(seed32),
      'ml-dsa-87-sign': () => provider.mlDsa87.sign(mlDsa, message),
      'ml-dsa-87-verify': () => provider.mlDsa87.verify(mlDsa.publicKey, message, postQuantum),
      'ed25519-sign': () => provider.ed25519.sign(ed25519, message),
      'ed25519-verify': () => provider.ed25519.verify(ed25519.publicKey, message, classical),
      'sha3-256-32B': () => provider.symmetric.sha3(seed32),
      'hkdf-sha-512-64B': () => provider.symmetric.hkdf(seed32, seed32, message, 64),
    },
    { rounds: 7 },
  );
  return Object.entries(rates).map(([what, value]) => rate(`crypto/${what}/${name}`, value));
}

async function measureBulk(stage: Stage): Promise<readonly BenchRow[]> {
  const { bytes, name, provider, random } = stage;
  const files = createFileEncryption({ provider, random });
  const fileKey = files.generateKey();
  const [key, nonce12, nonce24] = [bytes(32), bytes(12), bytes(24)];
  const chunk = new Uint8Array(65_536);
  const mebibyte = new Uint8Array(1_048_576);
  const { aes256Gcm, symmetric, xChaCha20Poly1305: xchacha } = provider;
  const rates = await measureRates(
    {
      'sha3-256': () => symmetric.sha3(chunk),
      'aes-256-gcm-sync': () => symmetric.gcmSeal(key, nonce12, chunk, NONE),
      'aes-256-gcm': () => aes256Gcm.seal(key, nonce12, chunk, NONE),
      'xchacha20-poly1305': () => xchacha.seal(key, nonce24, chunk, NONE),
      async 'file-encryption-1MiB'() {
        const request = { key: fileKey, context: CONTEXT, plaintext: streamOf(mebibyte) };
        for await (const part of files.encrypt(request)) void part;
      },
    },
    { rounds: 7 },
  );
  const { 'file-encryption-1MiB': file, ...perChunk } = rates;
  return [
    ...Object.entries(perChunk).map(([what, value]) => ({
      name: `crypto/${what}-64KiB/${name}`,
      value: (value * chunk.length) / 1e6,
      unit: 'MB/s',
    })),
    {
      name: `crypto/file-encryption-1MiB/${name}`,
      value: (file * mebibyte.length) / 1e6,
      unit: 'MB/s',
      peer: {
        name: 'xchacha20-poly1305 alone',
        value: (rates['xchacha20-poly1305'] * chunk.length) / 1e6,
      },
      ratio: rates['xchacha20-poly1305'] / 16 / file,
    },
  ];
}

async function measurePasswords(stage: Stage): Promise<readonly BenchRow[]> {
  const { bytes, name, provider } = stage;
  const salt = bytes(32);
  const cost = { memoryKiB: 65_536, passes: 3, lanes: 1, tagLength: 32 };
  const once: RateOptions = { rounds: 1, roundMs: 1 };
  const { phone } = await measureRates({ phone: () => provider.argon2id(salt, salt, cost) }, once);
  const verifier = await provider.slhDsaShake256s.verifierFromBytes(bytes(64));
  const signature = bytes(29_792);
  const { verify } = await measureRates({
    verify: () => verifier && provider.slhDsaShake256s.verify(verifier, salt, signature),
  });
  return [
    { name: `crypto/argon2id-phone/${name}`, value: 1000 / phone, unit: 'ms' },
    rate(`crypto/slh-dsa-shake-256s-verify/${name}`, verify),
  ];
}

function rate(name: string, value: number): BenchRow {
  return { name, value, unit: 'ops/s' };
}

function compared(name: string, value: number, peer: number, atMost?: number): BenchRow {
  return {
    ...rate(name, value),
    peer: { name: 'its primitives', value: peer },
    ratio: peer / value,
    ...(atMost === undefined ? {} : { target: { of: 'ratio', atMost } }),
  };
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

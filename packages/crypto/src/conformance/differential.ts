import { concatBytes } from '@pars/base';
import type { ConformanceCase } from '@pars/base/conformance';
import type {
  AeadPrimitive,
  CryptoProvider,
  SignaturePrimitive,
} from '../provider/crypto-provider.ts';
import { expect, expectBytes, flipBit } from './expectations.ts';
import { type CreateProvider, once } from './provider-conformance.ts';
import { createVectorRandom } from './seeded-random.ts';

/** Rounds with fresh inputs for each primitive. */
const ROUNDS = 8;

/**
 * Runs two providers against each other on seeded random inputs: equal keys
 * from equal seeds, equal deterministic outputs, and each one opens,
 * decapsulates and verifies what the other made. Independent implementations
 * that agree here agree with the standards unless both are wrong alike.
 */
export function differentialConformance(
  createFirst: CreateProvider,
  createSecond: CreateProvider,
): readonly ConformanceCase[] {
  const providers = once(async () => [await createFirst(), await createSecond()] as const);
  return CHECKS.map(({ name, run }) => ({
    name,
    async run() {
      const [first, second] = await providers();
      const random = createVectorRandom(`differential ${name}`);
      const bytes: Bytes = (length) => random.bytes(length);
      await run(first, second, bytes);
      await run(second, first, bytes);
    },
  }));
}

type Bytes = (length: number) => Uint8Array;

const CHECKS: readonly {
  readonly name: string;
  readonly run: (maker: CryptoProvider, taker: CryptoProvider, bytes: Bytes) => Promise<void>;
}[] = [
  {
    name: 'sha3 and hkdf give the same bytes',
    async run({ symmetric: left }, { symmetric: right }, bytes) {
      for (const length of [0, 1, 135, 136, 137, 1000]) {
        const [input, salt] = [bytes(length), bytes(length % 200)];
        expectBytes(right.sha3(input, salt), left.sha3(input, salt), `sha3 of ${length}`);
        const okm = left.hkdf(input, salt, input, length + 1);
        expectBytes(right.hkdf(input, salt, input, length + 1), okm, `hkdf of ${length}`);
      }
    },
  },
  {
    name: 'aead boxes are equal and open',
    async run(maker, taker, bytes) {
      for (const length of [0, 1, 15, 16, 17, 64, 1024, 65_536]) {
        const input = [bytes(length), bytes(length % 50)] as const;
        const { xChaCha20Poly1305: xchacha, aes256Gcm: gcm } = maker;
        await compareAead(xchacha, taker.xChaCha20Poly1305, [bytes(32), bytes(24)], input);
        await compareAead(gcm, taker.aes256Gcm, [bytes(32), bytes(12)], input);
        await compareAead(synchronous(maker), synchronous(taker), [bytes(32), bytes(12)], input);
      }
    },
  },
  {
    name: 'x25519 keys and secrets are equal',
    async run({ x25519: left }, { x25519: right }, bytes) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const [scalar, point] = [bytes(32), bytes(32)];
        const [own, same] = [
          await left.privateKeyFromBytes(scalar),
          await right.privateKeyFromBytes(scalar),
        ];
        expectBytes(same.publicKey.bytes, own.publicKey.bytes, 'public key');
        const secret = await left.sharedSecret(own, await left.publicKeyFromBytes(point));
        const other = await right.sharedSecret(same, await right.publicKeyFromBytes(point));
        expectBytes(other, secret ?? new Uint8Array(0), 'secret');
      }
    },
  },
  {
    name: 'ml-kem-1024 keys are equal, the other decapsulates, both reject alike',
    async run({ mlKem1024: left }, { mlKem1024: right }, bytes) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const seed = bytes(64);
        const own = await right.privateKeyFromSeed(seed);
        const same = await left.privateKeyFromSeed(seed);
        expectBytes(same.publicKey.bytes, own.publicKey.bytes, 'public key');
        const publicKey = await left.publicKeyFromBytes(own.publicKey.bytes);
        expect(publicKey !== undefined, 'public key of the other refused');
        const { ciphertext, sharedSecret } = await left.encapsulate(publicKey);
        expectBytes(await right.decapsulate(own, ciphertext), sharedSecret, 'secret');
        const altered = flipBit(ciphertext, round * 1500);
        expectBytes(
          await right.decapsulate(own, altered),
          await left.decapsulate(same, altered),
          'implicit rejection',
        );
      }
    },
  },
  {
    name: 'ml-kem-1024 keys of random bytes are judged alike',
    async run({ mlKem1024: left }, { mlKem1024: right }, bytes) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const valid = await left.privateKeyFromSeed(bytes(64));
        const damaged = valid.publicKey.bytes.slice();
        damaged.set(bytes(3), round * 3);
        const first = await left.publicKeyFromBytes(damaged);
        const second = await right.publicKeyFromBytes(damaged);
        expect((first === undefined) === (second === undefined), 'one accepts, one refuses');
      }
    },
  },
  {
    name: 'ml-dsa-87: keys are equal, the other verifies',
    run: (maker, taker, bytes) => compareSignature(maker.mlDsa87, taker.mlDsa87, bytes, ROUNDS),
  },
  {
    name: 'ed25519: keys and signatures are equal, the other verifies',
    async run({ ed25519: left }, { ed25519: right }, bytes) {
      await compareSignature(left, right, bytes, ROUNDS);
      const [seed, message] = [bytes(32), bytes(100)];
      const signature = await left.sign(await left.signerFromSeed(seed), message);
      const again = await right.sign(await right.signerFromSeed(seed), message);
      expectBytes(again, signature, 'signature');
    },
  },
  {
    name: 'slh-dsa-shake-256s: keys are equal, the other verifies',
    async run(maker, taker, bytes) {
      // Keys and signatures take seconds in JavaScript: the faster implementation
      // signs, and comparing keys in one of the two directions is enough.
      if (maker.slhDsaShake256s.signDeterministic !== undefined) return;
      await compareSignature(maker.slhDsaShake256s, taker.slhDsaShake256s, bytes, 1, 96);
    },
  },
  {
    name: 'argon2id tags are equal',
    async run(maker, taker, bytes) {
      for (const [memoryKiB, passes, lanes, tagLength] of [
        [64, 3, 1, 32],
        [256, 1, 2, 64],
      ] as const) {
        const [password, salt] = [bytes(20), bytes(32)];
        const cost = { memoryKiB, passes, lanes, tagLength };
        const tag = await maker.argon2id(password, salt, cost);
        expectBytes(await taker.argon2id(password, salt, cost), tag, `${memoryKiB} KiB`);
      }
    },
  },
];

function synchronous({ symmetric }: CryptoProvider): AeadPrimitive {
  return {
    seal: async (...input) => symmetric.gcmSeal(...input),
    open: async (...input) => symmetric.gcmOpen(...input),
  };
}

async function compareAead(
  left: AeadPrimitive,
  right: AeadPrimitive,
  [key, nonce]: readonly [Uint8Array, Uint8Array],
  [plaintext, aad]: readonly [Uint8Array, Uint8Array],
): Promise<void> {
  const sealed = await left.seal(key, nonce, plaintext, aad);
  expectBytes(await right.seal(key, nonce, plaintext, aad), sealed, 'box');
  expectBytes(await right.open(key, nonce, sealed, aad), plaintext, 'opened');
  const damaged = concatBytes(sealed.subarray(0, -1), Uint8Array.of(~(sealed.at(-1) ?? 0)));
  expect((await right.open(key, nonce, damaged, aad)) === undefined, 'opened a damaged box');
}

async function compareSignature(
  left: SignaturePrimitive,
  right: SignaturePrimitive,
  bytes: Bytes,
  rounds: number,
  seedLength = 32,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const seed = bytes(seedLength);
    const message = bytes(round * 37);
    const signer = await left.signerFromSeed(seed);
    const { publicKey } = await right.signerFromSeed(seed);
    expectBytes(publicKey.bytes, signer.publicKey.bytes, 'public key');
    const signature = await left.sign(signer, message);
    const verifier = await right.verifierFromBytes(signer.publicKey.bytes);
    expect(verifier !== undefined, 'key of the other refused');
    expect(await right.verify(verifier, message, signature), 'signature of the other refused');
    const altered = flipBit(signature, bytes(1)[0] ?? 0);
    expect(!(await right.verify(verifier, message, altered)), 'altered signature verified');
  }
}

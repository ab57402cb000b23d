import { concatBytes, eraseBytes, expose, redact, unwrap, utf8ToBytes } from '@pars/base';
import type { ConformanceCase } from '@pars/base/conformance';
import { createSuite } from '../create-suite.ts';
import { createPasswordBox } from '../password-box.ts';
import { passwordFromText } from '../password-hash.ts';
import type { CryptoProvider } from '../provider/crypto-provider.ts';
import { ANONYMOUS_BOX_OVERHEAD, AUTHENTICATED_BOX_OVERHEAD } from '../sealed-box.ts';
import type { Suite } from '../suite.ts';
import {
  bytesFromHex,
  countingBytes,
  expect,
  expectBytes,
  expectFailure,
  expectThrow,
  flipBit,
} from './expectations.ts';
import { type CreateProvider, once } from './provider-conformance.ts';
import { SECRET_BOX_CHECKS } from './secret-box-checks.ts';
import { createVectorRandom } from './seeded-random.ts';

const CONTEXT = 'pars/1 conformance';

/** Everything a check of the suite works with. */
interface Stage {
  readonly suite: Suite;
  readonly provider: CryptoProvider;
}

/** What Suite 1 promises over any provider (PIP-2000 §3 to §9, §12), hostile input included. */
export function suiteConformance(createProvider: CreateProvider): readonly ConformanceCase[] {
  const stage = once(async (): Promise<Stage> => {
    const provider = await createProvider();
    const suite = createSuite({ provider, random: createVectorRandom('suite conformance') });
    return { suite, provider };
  });
  return [...CHECKS, ...SECRET_BOX_CHECKS].map(({ name, run }) => ({
    name,
    run: async () => run(await stage()),
  }));
}

/** u-coordinates and points that §2.4 refuses, 32 bytes each. */
const BAD_X25519_KEYS: readonly string[] = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  `09${'00'.repeat(30)}80`,
];
const BAD_ED25519_KEYS: readonly string[] = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ee${'ff'.repeat(30)}7f`,
  'ff'.repeat(32),
  `02${'00'.repeat(31)}`,
];

const CHECKS: readonly { readonly name: string; readonly run: (stage: Stage) => Promise<void> }[] =
  [
    {
      name: 'kem: both ends agree; bytes, handle and seed give the same key',
      async run({ suite: { kem } }) {
        const seed = kem.generateSeed();
        const [privateKey, again] = [
          await kem.privateKeyFromSeed(seed),
          await kem.privateKeyFromSeed(seed),
        ];
        expectBytes(again.publicKey.bytes, privateKey.publicKey.bytes, 'same seed');
        const imported = unwrap(await kem.publicKeyFromBytes(privateKey.publicKey.bytes));
        const { ciphertext, sharedSecret } = unwrap(await kem.encapsulate(imported));
        expect(ciphertext.length === 1600, 'ciphertext length');
        const decapsulated = unwrap(await kem.decapsulate(again, ciphertext));
        expectBytes(expose(decapsulated), expose(sharedSecret), 'secret');
        expect(expose(sharedSecret).length === 32, 'secret length');
      },
    },
    {
      name: 'kem: an altered ciphertext gives another secret or a code, never the secret',
      async run({ suite: { kem } }) {
        const privateKey = await kem.privateKeyFromSeed(kem.generateSeed());
        const { ciphertext, sharedSecret } = unwrap(await kem.encapsulate(privateKey.publicKey));
        for (const bit of [0, 100, 254, 256, 300, 6000, 12_799]) {
          const result = await kem.decapsulate(privateKey, flipBit(ciphertext, bit));
          if (!result.ok) continue;
          const isSame = expose(result.value).join() === expose(sharedSecret).join();
          expect(!isSame, `bit ${bit} does not matter`);
        }
      },
    },
    {
      name: 'kem: wrong lengths and bad halves of keys and ciphertexts have codes',
      async run({ suite: { kem } }) {
        const privateKey = await kem.privateKeyFromSeed(kem.generateSeed());
        const { bytes } = privateKey.publicKey;
        for (const length of [0, 1568, 1599, 1601]) {
          const resized = new Uint8Array(length);
          expectFailure(await kem.publicKeyFromBytes(resized), 'crypto/bad-length', 'key');
          expectFailure(
            await kem.decapsulate(privateKey, resized),
            'crypto/bad-length',
            'ciphertext',
          );
        }
        for (const bad of BAD_X25519_KEYS) {
          const half = bytesFromHex(bad);
          const key = concatBytes(half, bytes.subarray(32));
          expectFailure(await kem.publicKeyFromBytes(key), 'crypto/bad-public-key', bad);
          const result = await kem.decapsulate(privateKey, concatBytes(half, new Uint8Array(1568)));
          const codes = ['crypto/low-order-point', 'crypto/bad-public-key'];
          expect(!result.ok && codes.includes(result.error.code), `ciphertext with ${bad}`);
        }
        const overflowing = bytes.slice();
        overflowing.fill(0xff, 32, 34);
        const refused = await kem.publicKeyFromBytes(overflowing);
        expectFailure(refused, 'crypto/bad-public-key', 'ml-kem modulus');
      },
    },
    {
      name: 'signature: verifies under its own key, context and message only',
      async run({ suite: { signature } }) {
        const signer = await signature.signerFromSeed(signature.generateSeed());
        const verifier = unwrap(await signature.verifierFromBytes(signer.publicKey.bytes));
        const message = utf8ToBytes('message');
        const signed = await signature.sign(signer, CONTEXT, message);
        expect(signed.length === 4691, 'length');
        expect(await signature.verify(verifier, CONTEXT, message, signed), 'refused');
        const other = await signature.signerFromSeed(signature.generateSeed());
        expect(!(await signature.verify(other.publicKey, CONTEXT, message, signed)), 'other key');
        expect(
          !(await signature.verify(verifier, `${CONTEXT}!`, message, signed)),
          'other context',
        );
        // The frame is injective: moving a byte from context to message changes it.
        const moved = utf8ToBytes('emessage');
        const shorter = CONTEXT.slice(0, -1);
        expect(!(await signature.verify(verifier, shorter, moved, signed)), 'moved boundary');
        for (const bit of [0, 300, 511, 512, 600, 37_527]) {
          const altered = flipBit(signed, bit);
          expect(!(await signature.verify(verifier, CONTEXT, message, altered)), `bit ${bit}`);
        }
        for (const length of [0, 64, 4627, 4690, 4692]) {
          const resized = new Uint8Array(length);
          resized.set(signed.subarray(0, length));
          expect(!(await signature.verify(verifier, CONTEXT, message, resized)), `${length} bytes`);
        }
      },
    },
    {
      name: 'signature: neither half alone is enough',
      async run({ suite: { signature } }) {
        const [own, other] = [
          await signature.signerFromSeed(signature.generateSeed()),
          await signature.signerFromSeed(signature.generateSeed()),
        ];
        const message = utf8ToBytes('message');
        const [ownSigned, otherSigned] = [
          await signature.sign(own, CONTEXT, message),
          await signature.sign(other, CONTEXT, message),
        ];
        const classicalOnly = concatBytes(ownSigned.subarray(0, 64), otherSigned.subarray(64));
        const postQuantumOnly = concatBytes(otherSigned.subarray(0, 64), ownSigned.subarray(64));
        for (const half of [classicalOnly, postQuantumOnly]) {
          expect(!(await signature.verify(own.publicKey, CONTEXT, message, half)), 'half accepted');
        }
      },
    },
    {
      name: 'signature: bad keys have codes; a bad context is a bug',
      async run({ suite: { signature } }) {
        const signer = await signature.signerFromSeed(signature.generateSeed());
        for (const length of [0, 2592, 2623, 2625]) {
          const result = await signature.verifierFromBytes(new Uint8Array(length));
          expectFailure(result, 'crypto/bad-length', `${length} bytes`);
        }
        for (const bad of BAD_ED25519_KEYS) {
          const key = concatBytes(bytesFromHex(bad), signer.publicKey.bytes.subarray(32));
          expectFailure(await signature.verifierFromBytes(key), 'crypto/bad-public-key', bad);
        }
        for (const context of ['', 'é', 'a\n', 'a'.repeat(256)]) {
          await expectThrow(() => signature.sign(signer, context, new Uint8Array(0)), 'sign');
          const verify = () =>
            signature.verify(signer.publicKey, context, new Uint8Array(0), new Uint8Array(4691));
          await expectThrow(verify, 'verify');
        }
        await signature.sign(signer, 'a'.repeat(255), new Uint8Array(0));
      },
    },
    {
      name: 'ledger: has its own domain',
      async run({ suite: { ledgerSignature: ledger, signature }, provider }) {
        const seed = ledger.generateSeed();
        const publicKey = await ledger.publicKeyFromSeed(seed);
        const message = utf8ToBytes('transaction');
        const signed = await ledger.sign(seed, CONTEXT, message);
        expect(publicKey.length === 2592 && signed.length === 4627, 'lengths');
        expect(await ledger.verify(publicKey, CONTEXT, message, signed), 'refused');
        expect(!(await ledger.verify(publicKey, `${CONTEXT}!`, message, signed)), 'other context');
        expect(!(await ledger.verify(publicKey, CONTEXT, message, flipBit(signed, 9))), 'altered');
        expect(!(await ledger.verify(new Uint8Array(0), CONTEXT, message, signed)), 'empty key');
        expect(!(await ledger.verify(publicKey, CONTEXT, message, new Uint8Array(0))), 'empty');
        // The same ML-DSA seed in a hybrid key: its half is no ledger signature.
        const hybridSeed = redact(concatBytes(countingBytes(32), expose(seed)));
        const hybrid = await signature.signerFromSeed(hybridSeed);
        const half = (await signature.sign(hybrid, CONTEXT, message)).subarray(64);
        expectBytes(hybrid.publicKey.bytes.subarray(32), publicKey, 'same ML-DSA key');
        expect(!(await ledger.verify(publicKey, CONTEXT, message, half)), 'hybrid half accepted');
        const verifier = await provider.mlDsa87.verifierFromBytes(publicKey);
        expect(verifier !== undefined, 'key refused');
        expect(!(await provider.mlDsa87.verify(verifier, message, signed)), 'unframed message');
      },
    },
    {
      name: 'root: key lengths are fixed and verify is total',
      async run({ suite: { rootSignature: root } }) {
        const publicKey = await root.publicKeyFromSeed(redact(countingBytes(96)));
        expect(publicKey.length === 64, 'key length');
        for (const [key, length] of [
          [publicKey, 29_792],
          [publicKey, 0],
          [publicKey.subarray(1), 29_792],
        ] as const) {
          const verified = await root.verify(
            key,
            CONTEXT,
            new Uint8Array(1),
            new Uint8Array(length),
          );
          expect(!verified, 'verified zeros');
        }
        await expectThrow(() => root.publicKeyFromSeed(redact(countingBytes(95))), 'short seed');
      },
    },
    {
      name: 'box: anonymous and authenticated round trips, with their overheads',
      async run({ suite }) {
        const { recipient, sender, seal, open } = await boxStage(suite);
        for (const plaintext of [new Uint8Array(0), utf8ToBytes('salâm'), countingBytes(70_000)]) {
          const anonymous = await seal({ plaintext });
          expect(anonymous.length === plaintext.length + ANONYMOUS_BOX_OVERHEAD, 'overhead');
          const opened = unwrap(await open({ sealed: anonymous }));
          expectBytes(opened.plaintext, plaintext, 'anonymous');
          expect(opened.sender === undefined, 'an anonymous box has a sender');
          const authenticated = await seal({ plaintext, sender, aad: utf8ToBytes('aad') });
          expect(
            authenticated.length === plaintext.length + AUTHENTICATED_BOX_OVERHEAD,
            'overhead',
          );
          const proven = unwrap(await open({ sealed: authenticated, aad: utf8ToBytes('aad') }));
          expectBytes(proven.plaintext, plaintext, 'authenticated');
          expectBytes(proven.sender?.bytes, sender.publicKey.bytes, 'sender');
        }
        expect(recipient.publicKey.bytes.length === 1600, 'recipient');
      },
    },
    {
      name: 'box: any altered part fails with a code',
      async run({ suite }) {
        const { seal, open, sender, stranger } = await boxStage(suite);
        const sealed = await seal({ plaintext: utf8ToBytes('salâm'), sender });
        expectFailure(await open({ sealed: flipBit(sealed, 0) }), 'crypto/unknown-suite', 'suite');
        for (const suiteId of [0, 2, 255]) {
          const mutated = concatBytes(Uint8Array.of(suiteId), sealed.subarray(1));
          expectFailure(await open({ sealed: mutated }), 'crypto/unknown-suite', `id ${suiteId}`);
        }
        for (let bit = 8; bit < sealed.length * 8; bit += 997) {
          expect(!(await open({ sealed: flipBit(sealed, bit) })).ok, `bit ${bit}`);
        }
        const failed = 'crypto/open-failed';
        expectFailure(await open({ sealed, aad: utf8ToBytes('x') }), failed, 'aad');
        expectFailure(await open({ sealed, context: `${CONTEXT}!` }), failed, 'context');
        expectFailure(await open({ sealed, recipient: stranger }), failed, 'recipient');
        expectFailure(await open({ sealed: concatBytes(sealed, sealed) }), failed, 'extended');
        expectFailure(await open({ sealed: sealed.subarray(0, -1) }), failed, 'cut');
        for (const length of [1, 1600, ANONYMOUS_BOX_OVERHEAD - 1]) {
          const short = sealed.subarray(0, length);
          expectFailure(await open({ sealed: short }), 'crypto/bad-length', `${length} bytes`);
        }
        expectFailure(await open({ sealed: new Uint8Array(0) }), 'crypto/bad-length', 'nothing');
      },
    },
    {
      name: 'box: lengths are limited',
      async run({ suite }) {
        const { recipient } = await boxStage(suite);
        const request = { recipient: recipient.publicKey, context: CONTEXT };
        const big = { ...request, plaintext: new Uint8Array(16_777_217) };
        expectFailure(await suite.box.seal(big), 'crypto/too-long', 'plaintext');
        const longAad = { ...request, plaintext: new Uint8Array(0), aad: new Uint8Array(65_537) };
        expectFailure(await suite.box.seal(longAad), 'crypto/too-long', 'aad');
        const sealed = new Uint8Array(16_777_216 + AUTHENTICATED_BOX_OVERHEAD + 1).fill(1, 0, 1);
        const opened = await suite.box.open({ recipient, context: CONTEXT, sealed });
        expectFailure(opened, 'crypto/too-long', 'box');
      },
    },
    {
      name: 'password box: round trip, wrong password, altered parts',
      async run({ provider }) {
        // The cost is not under test here: the port's Argon2id with little memory.
        const cheap: CryptoProvider = {
          ...provider,
          argon2id: (password, salt, cost) =>
            provider.argon2id(password, salt, { ...cost, memoryKiB: 64, passes: 1 }),
        };
        const box = createPasswordBox({
          provider: cheap,
          random: createVectorRandom('password box'),
        });
        const password = passwordFromText('گذرواژه');
        const plaintext = utf8ToBytes('identity');
        const request = { password, context: CONTEXT, plaintext, profile: 'phone' } as const;
        const sealed = unwrap(await box.sealWithPassword(request));
        const open = { password, context: CONTEXT, sealed };
        expectBytes(unwrap(await box.openWithPassword(open)), plaintext, 'opened');
        const wrong = { ...open, password: passwordFromText('گذرواژ') };
        expectFailure(await box.openWithPassword(wrong), 'crypto/wrong-password', 'password');
        for (let bit = 0; bit < sealed.length * 8; bit += 1) {
          const altered = await box.openWithPassword({ ...open, sealed: flipBit(sealed, bit) });
          expect(!altered.ok, `bit ${bit}`);
        }
      },
    },
    {
      name: 'an erased seed cannot be used',
      async run({ suite: { kem } }) {
        const seed = kem.generateSeed();
        eraseBytes(seed);
        await expectThrow(() => kem.privateKeyFromSeed(seed), 'erased seed');
      },
    },
  ];

type SealRequest = Parameters<Suite['box']['seal']>[0];
type OpenRequest = Parameters<Suite['box']['open']>[0];

async function boxStage({ kem, signature, box }: Suite) {
  const recipient = await kem.privateKeyFromSeed(kem.generateSeed());
  const stranger = await kem.privateKeyFromSeed(kem.generateSeed());
  const sender = await signature.signerFromSeed(signature.generateSeed());
  return {
    recipient,
    stranger,
    sender,
    seal: async (request: Partial<SealRequest> & Pick<SealRequest, 'plaintext'>) =>
      unwrap(await box.seal({ recipient: recipient.publicKey, context: CONTEXT, ...request })),
    open: (request: Partial<OpenRequest> & Pick<OpenRequest, 'sealed'>) =>
      box.open({ recipient, context: CONTEXT, ...request }),
  };
}

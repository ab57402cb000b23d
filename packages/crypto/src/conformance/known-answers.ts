import { hex, utf8ToBytes } from '@pars/base';
import type { CryptoProvider } from '../provider/crypto-provider.ts';
import { bytesFromHex, countingBytes, expect, expectBytes } from './expectations.ts';

/** A check of one provider, before it is given a provider. */
export interface ProviderCheck {
  readonly name: string;
  readonly run: (provider: CryptoProvider) => Promise<void>;
}

const NONE = new Uint8Array(0);

/**
 * Examples of RFCs, FIPS and drafts for every primitive. Where a standard's
 * own examples are too long to embed, the answer was computed by one
 * implementation (noble) and recomputed or verified by another (OpenSSL);
 * outputs over 64 bytes are given by their SHA3-256.
 */
export const KNOWN_ANSWERS: readonly ProviderCheck[] = [
  {
    name: 'sha3-256: FIPS 202 examples, one part or many',
    async run({ symmetric }) {
      const empty = 'a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a';
      const abc = '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532';
      expectBytes(symmetric.sha3(), empty, 'no parts');
      expectBytes(symmetric.sha3(NONE, NONE), empty, 'empty parts');
      expectBytes(symmetric.sha3(utf8ToBytes('abc')), abc, 'abc');
      expectBytes(symmetric.sha3(utf8ToBytes('a'), NONE, utf8ToBytes('bc')), abc, 'a ‖ bc');
    },
  },
  {
    name: 'hkdf-sha-512: inputs of RFC 5869 A.1 and A.3',
    async run({ symmetric }) {
      const ikm = new Uint8Array(22).fill(0x0b);
      expectBytes(
        symmetric.hkdf(ikm, countingBytes(13), countingBytes(10, 0xf0), 42),
        '832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb',
        'A.1',
      );
      expectBytes(
        symmetric.hkdf(ikm, NONE, NONE, 42),
        'f5fa02b18298a72a8c23898a8703472c6eb179dc204c03425c970e3b164bf90fff22d04836d0e2343bac',
        'A.3',
      );
      expect(symmetric.hkdf(ikm, NONE, NONE, 16_320).length === 16_320, 'longest output');
    },
  },
  {
    name: 'aes-256-gcm: test cases 13 and 14 of the GCM paper, both ports',
    async run({ symmetric, aes256Gcm }) {
      const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
      for (const [plaintext, sealed] of [
        [NONE, '530f8afbc74536b9a963b4f1c4cb738b'],
        [new Uint8Array(16), 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919'],
      ] as const) {
        expectBytes(symmetric.gcmSeal(key, nonce, plaintext, NONE), sealed, 'synchronous');
        expectBytes(await aes256Gcm.seal(key, nonce, plaintext, NONE), sealed, 'asynchronous');
        const bytes = bytesFromHex(sealed);
        expectBytes(symmetric.gcmOpen(key, nonce, bytes, NONE), plaintext, 'synchronous open');
        expectBytes(await aes256Gcm.open(key, nonce, bytes, NONE), plaintext, 'asynchronous open');
      }
    },
  },
  {
    name: 'xchacha20-poly1305: draft-irtf-cfrg-xchacha-03 A.3.1',
    async run({ xChaCha20Poly1305 }) {
      const plaintext = utf8ToBytes(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
      );
      const [key, nonce] = [countingBytes(32, 0x80), countingBytes(24, 0x40)];
      const aad = bytesFromHex('50515253c0c1c2c3c4c5c6c7');
      const sealed = await xChaCha20Poly1305.seal(key, nonce, plaintext, aad);
      expectBytes(
        sealed,
        'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49',
        'sealed',
      );
      expectBytes(await xChaCha20Poly1305.open(key, nonce, sealed, aad), plaintext, 'opened');
    },
  },
  {
    name: 'argon2id: examples of the reference implementation (version 0x13)',
    async run(provider) {
      const [password, salt] = [utf8ToBytes('password'), utf8ToBytes('somesalt')];
      for (const [memoryKiB, lanes, tag] of [
        [256, 1, '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'],
        [256, 2, '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037'],
      ] as const) {
        const cost = { memoryKiB, passes: 2, lanes, tagLength: 32 };
        expectBytes(await provider.argon2id(password, salt, cost), tag, `${lanes} lanes`);
      }
    },
  },
  {
    name: 'x25519: RFC 7748 §5.2',
    async run({ x25519 }) {
      for (const [scalar, u, shared] of [
        [
          'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
          'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
          'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
        ],
        [
          '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
          'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
          '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
        ],
      ] as const) {
        const privateKey = await x25519.privateKeyFromBytes(bytesFromHex(scalar));
        const publicKey = await x25519.publicKeyFromBytes(bytesFromHex(u));
        expectBytes(await x25519.sharedSecret(privateKey, publicKey), shared, 'shared');
      }
      const nine = new Uint8Array(32);
      nine[0] = 9;
      const own = await x25519.privateKeyFromBytes(nine);
      const iterated = '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079';
      expectBytes(own.publicKey.bytes, iterated, 'public key of the iterated example');
    },
  },
  {
    name: 'ed25519: RFC 8032 §7.1 tests 1 and 2',
    async run({ ed25519 }) {
      for (const [seed, publicKey, message, signature] of [
        [
          '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
          'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
          '',
          'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
        ],
        [
          '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
          '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
          '72',
          '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
        ],
      ] as const) {
        const signer = await ed25519.signerFromSeed(bytesFromHex(seed));
        expectBytes(signer.publicKey.bytes, publicKey, 'public key');
        const bytes = bytesFromHex(message);
        expectBytes(await ed25519.sign(signer, bytes), signature, 'signature');
        const verifier = await ed25519.verifierFromBytes(bytesFromHex(publicKey));
        expect(verifier !== undefined, 'key refused');
        expect(await ed25519.verify(verifier, bytes, bytesFromHex(signature)), 'not verified');
      }
    },
  },
  {
    name: 'ml-kem-1024: keys from a seed, implicit rejection, chosen message',
    async run({ mlKem1024, symmetric }) {
      const privateKey = await mlKem1024.privateKeyFromSeed(countingBytes(64));
      const digest = (bytes: Uint8Array) => hex.encode(symmetric.sha3(bytes));
      expectText(digest(privateKey.publicKey.bytes), ML_KEM.publicKeyDigest, 'public key');
      const rejected = await mlKem1024.decapsulate(privateKey, new Uint8Array(1568).fill(1));
      expectBytes(rejected, ML_KEM.rejectionSecret, 'implicit rejection');
      if (mlKem1024.encapsulateWith === undefined) return;
      const chosen = await mlKem1024.encapsulateWith(privateKey.publicKey, countingBytes(32));
      expectText(digest(chosen.ciphertext), ML_KEM.ciphertextDigest, 'ciphertext');
      expectBytes(chosen.sharedSecret, ML_KEM.sharedSecret, 'secret');
      const secret = await mlKem1024.decapsulate(privateKey, chosen.ciphertext);
      expectBytes(secret, ML_KEM.sharedSecret, 'decapsulated');
    },
  },
  {
    name: 'ml-dsa-87: key from a seed, deterministic signature',
    async run({ mlDsa87, symmetric }) {
      const signer = await mlDsa87.signerFromSeed(countingBytes(32));
      const digest = (bytes: Uint8Array) => hex.encode(symmetric.sha3(bytes));
      expectText(digest(signer.publicKey.bytes), ML_DSA.publicKeyDigest, 'public key');
      if (mlDsa87.signDeterministic === undefined) return;
      const signature = await mlDsa87.signDeterministic(signer, utf8ToBytes('pars'));
      expectText(digest(signature), ML_DSA.signatureDigest, 'signature');
    },
  },
  {
    name: 'slh-dsa-shake-256s: key from a seed',
    async run({ slhDsaShake256s }) {
      const signer = await slhDsaShake256s.signerFromSeed(countingBytes(96));
      expectBytes(signer.publicKey.bytes, SLH_DSA.publicKey, 'public key');
    },
  },
  {
    name: 'slh-dsa-shake-256s: signs (deterministically where it can) and verifies',
    async run({ slhDsaShake256s, symmetric }) {
      const signer = await slhDsaShake256s.signerFromSeed(countingBytes(96));
      const message = utf8ToBytes('pars');
      const signature =
        slhDsaShake256s.signDeterministic === undefined
          ? await slhDsaShake256s.sign(signer, message)
          : await slhDsaShake256s.signDeterministic(signer, message);
      if (slhDsaShake256s.signDeterministic !== undefined) {
        const digest = hex.encode(symmetric.sha3(signature));
        expectText(digest, SLH_DSA.signatureDigest, 'signature');
      }
      const verifier = await slhDsaShake256s.verifierFromBytes(signer.publicKey.bytes);
      expect(verifier !== undefined, 'key refused');
      expect(await slhDsaShake256s.verify(verifier, message, signature), 'not verified');
      const other = utf8ToBytes('parS');
      expect(!(await slhDsaShake256s.verify(verifier, other, signature)), 'other message verified');
    },
  },
];

const ML_KEM = {
  publicKeyDigest: '61349e5c131a7e116a0463861d7d18663c5627c38c7147ddaadfd48acd7a4535',
  rejectionSecret: '8f08454a6d6290a3ca20292b1d1761145b9dac04e1bdb615442f221bfcf95572',
  ciphertextDigest: '50cf749566751752bf5f08f2b581c4e40c6a6574e169062b87885ed88dd5ac96',
  sharedSecret: '738a88cd9a25861e9a37c65a67ec1b39f069aed9646ede89410ace47a96a9b57',
};
const ML_DSA = {
  publicKeyDigest: 'e6cf50a9c2fa5234f59949ff61f8161db4d629532127f4aefa8bb10811ecfb1e',
  signatureDigest: '8453fb66a44228a6011c2dac2325645ae4d475998124a3b100d1b5f2e925853c',
};
const SLH_DSA = {
  publicKey:
    '404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f27ea444dbc8ca9c169fd484b9e977eb77a4f233550757e025cf180ede7e8839f',
  signatureDigest: '0753ece6bdc1ec2b632017a94aeface1333ac9355a3fd1cea9fb530a44686a80',
};

function expectText(actual: string, expected: string, what: string): void {
  expect(actual === expected, `${what}: got ${actual}, expected ${expected}`);
}

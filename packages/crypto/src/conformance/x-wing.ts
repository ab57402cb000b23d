import { shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { concatBytes, utf8ToBytes } from '@pars/base';
import type { ConformanceCase } from '@pars/base/conformance';
import { type CombinerForm, combineKemSecrets } from '../kem-combiner.ts';
import type { CryptoProvider } from '../provider/crypto-provider.ts';
import { bytesFromHex, expect, expectBytes } from './expectations.ts';

/** X-Wing's form of the combiner (draft-connolly-cfrg-xwing-kem, §5.3). */
const X_WING: CombinerForm = {
  label: utf8ToBytes('\\.//^\\'),
  hashesPostQuantumPublicParts: false,
};

/**
 * The X-Wing vectors through the suite's own combiner, with X25519 and SHA3
 * of the provider and ML-KEM-768 in JavaScript. `parsedJson` is the parsed
 * `test-vectors.json` of the draft.
 */
export function xWingCases(
  parsedJson: unknown,
  provider: CryptoProvider,
): readonly ConformanceCase[] {
  if (!Array.isArray(parsedJson)) throw new Error('the X-Wing file is no array');
  return parsedJson.map((vector: Readonly<Record<string, string>>, index) => ({
    name: `x-wing vector ${index} on ${provider.name}`,
    run: () => checkVector(vector, provider),
  }));
}

async function checkVector(
  vector: Readonly<Record<string, string>>,
  provider: CryptoProvider,
): Promise<void> {
  const read = (name: string) => {
    const text = vector[name];
    expect(text !== undefined, `no field ${name}`);
    return bytesFromHex(text);
  };
  const { x25519, symmetric } = provider;
  const expanded = shake256(read('seed'), { dkLen: 96 });
  const mlKem = ml_kem768.keygen(expanded.subarray(0, 64));
  const privateKey = await x25519.privateKeyFromBytes(expanded.subarray(64));
  expectBytes(concatBytes(mlKem.publicKey, privateKey.publicKey.bytes), read('pk'), 'public key');

  const encapsulationSeed = read('eseed');
  const { cipherText, sharedSecret } = ml_kem768.encapsulate(
    mlKem.publicKey,
    encapsulationSeed.subarray(0, 32),
  );
  const ephemeral = await x25519.privateKeyFromBytes(encapsulationSeed.subarray(32));
  expectBytes(concatBytes(cipherText, ephemeral.publicKey.bytes), read('ct'), 'ciphertext');

  const bySender = await x25519.sharedSecret(ephemeral, privateKey.publicKey);
  const byRecipient = await x25519.sharedSecret(privateKey, ephemeral.publicKey);
  const decapsulated = ml_kem768.decapsulate(cipherText, mlKem.secretKey);
  for (const [postQuantum, classical] of [
    [sharedSecret, bySender],
    [decapsulated, byRecipient],
  ] as const) {
    expect(classical !== undefined, 'x25519 refused');
    const combined = combineKemSecrets(
      symmetric,
      {
        postQuantum: { secret: postQuantum, ciphertext: cipherText, publicKey: mlKem.publicKey },
        classical: {
          secret: classical,
          ciphertext: ephemeral.publicKey.bytes,
          publicKey: privateKey.publicKey.bytes,
        },
      },
      X_WING,
    );
    expectBytes(combined, read('ss'), 'shared secret');
  }
}

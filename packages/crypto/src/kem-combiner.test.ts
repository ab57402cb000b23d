import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { p384 } from '@noble/curves/nist.js';
import { shake256 } from '@noble/hashes/sha3.js';
import { ml_kem1024_p384 } from '@noble/post-quantum/hybrid.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { utf8ToBytes } from '@pars/base';
import { countingBytes } from './conformance/expectations.ts';
import { SUITE_1_COMBINER } from './hybrid-kem.ts';
import { combineKemSecrets, type HybridKemParts, type KemPart } from './kem-combiner.ts';
import { javaScriptSymmetric } from './provider/javascript/symmetric.ts';

describe('the KEM combiner', () => {
  test('gives the secret of MLKEM1024-P384 (0x0051) as another implementation has it', () => {
    const seed = countingBytes(32, 5);
    const { publicKey } = ml_kem1024_p384.keygen(seed);
    const randomness = countingBytes(80, 9);
    const { cipherText, sharedSecret } = ml_kem1024_p384.encapsulate(publicKey, randomness);

    const expanded = shake256(seed, { dkLen: 112 });
    const mlKem = ml_kem1024.keygen(expanded.subarray(0, 64));
    const postQuantum = ml_kem1024.encapsulate(mlKem.publicKey, randomness.subarray(0, 32));
    const ephemeral = randomness.subarray(32);
    const staticPoint = p384.getPublicKey(expanded.subarray(64), false);
    const combined = combineKemSecrets(
      javaScriptSymmetric,
      {
        postQuantum: {
          secret: postQuantum.sharedSecret,
          ciphertext: postQuantum.cipherText,
          publicKey: mlKem.publicKey,
        },
        classical: {
          secret: p384.getSharedSecret(ephemeral, staticPoint).subarray(1),
          ciphertext: p384.getPublicKey(ephemeral, false),
          publicKey: staticPoint,
        },
      },
      { label: utf8ToBytes('MLKEM1024-P384'), hashesPostQuantumPublicParts: false },
    );
    assert.equal(cipherText.length, 1568 + 97);
    assert.deepEqual(combined, sharedSecret);
  });

  test('Suite 1 depends on every part and on the label', () => {
    const parts: HybridKemParts = { postQuantum: part(1), classical: part(100) };
    const outputs = new Set<string>();
    const combine = (input: HybridKemParts, label = SUITE_1_COMBINER.label) =>
      outputs.add(
        combineKemSecrets(javaScriptSymmetric, input, { ...SUITE_1_COMBINER, label }).join(),
      );
    combine(parts);
    for (const half of ['postQuantum', 'classical'] as const) {
      for (const field of ['secret', 'ciphertext', 'publicKey'] as const) {
        const changed = { ...parts[half], [field]: parts[half][field].with(0, 255) };
        combine({ ...parts, [half]: changed });
      }
    }
    combine(parts, utf8ToBytes('pars/2 kem x25519 ml-kem-1024'));
    assert.equal(outputs.size, 8);
  });
});

function part(first: number): KemPart {
  return {
    secret: countingBytes(32, first),
    ciphertext: countingBytes(40, first + 1),
    publicKey: countingBytes(40, first + 2),
  };
}

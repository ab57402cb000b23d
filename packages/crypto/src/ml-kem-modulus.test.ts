import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createVectorRandom } from './conformance/seeded-random.ts';
import { createHybridKem } from './hybrid-kem.ts';
import { isReducedMlKemKey } from './ml-kem-modulus.ts';
import type { CryptoProvider } from './provider/crypto-provider.ts';
import { createJavaScriptProvider } from './provider/javascript-provider.ts';

const random = createVectorRandom('modulus');
const provider = createJavaScriptProvider({ random });
const strict = createHybridKem({ provider, random });
const key = await strict.privateKeyFromSeed(strict.generateSeed());

/** The key with coefficient `index` set to `value`, in the 12-bit packing of FIPS 203 §4.2.1. */
function withCoefficient(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const changed = bytes.slice();
  for (let bit = 0; bit < 12; bit += 1) {
    const at = index * 12 + bit;
    const mask = 1 << (at & 7);
    const byte = changed[at >>> 3] ?? 0;
    changed[at >>> 3] = ((value >>> bit) & 1) === 1 ? byte | mask : byte & ~mask;
  }
  return changed;
}

test('a key is reduced when every coefficient is below 3,329, wherever it stands', () => {
  const index = fc.nat({ max: 1023 });
  const value = fc.oneof(fc.constantFrom(0, 3328, 3329, 4095), fc.nat({ max: 4095 }));
  fc.assert(
    fc.property(index, value, (at, coefficient) => {
      const changed = withCoefficient(key.publicKey.bytes.subarray(32), at, coefficient);
      assert.equal(isReducedMlKemKey(changed), coefficient < 3329);
    }),
    { numRuns: 300 },
  );
});

test('the suite refuses such a key also where the platform would take it', async () => {
  const lenient: CryptoProvider = {
    ...provider,
    mlKem1024: { ...provider.mlKem1024, publicKeyFromBytes: async (bytes) => ({ bytes }) },
  };
  const kem = createHybridKem({ provider: lenient, random });
  assert.ok((await kem.publicKeyFromBytes(key.publicKey.bytes)).ok);
  for (const at of [0, 1, 1022, 1023]) {
    const half = withCoefficient(key.publicKey.bytes.subarray(32), at, 3329);
    const bytes = Uint8Array.of(...key.publicKey.bytes.subarray(0, 32), ...half);
    const refused = await kem.publicKeyFromBytes(bytes);
    assert.deepEqual(refused, { ok: false, error: { code: 'crypto/bad-public-key' } });
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { expose, type Redacted, redact, unwrap } from '@pars/base';
import { build } from 'esbuild';
import * as fc from 'fast-check';
import { countingBytes, flipBit } from './conformance/expectations.ts';
import { createVectorRandom } from './conformance/seeded-random.ts';
import { createJavaScriptProvider } from './provider/javascript-provider.ts';
import { createSecretSharing, SHARE_OVERHEAD } from './secret-sharing.ts';

const random = createVectorRandom('sharing');
const sharing = createSecretSharing({ provider: createJavaScriptProvider({ random }), random });
const secret = redact(countingBytes(32, 7));

describe('secret sharing', () => {
  test('any k of n rebuild the secret, in any order; fewer do not', async () => {
    const sizes = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 0, max: 6 }));
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.uint8Array({ minLength: 16, maxLength: 64 }),
        fc.infiniteStream(fc.nat()),
        async ([threshold, spare], bytes, order) => {
          const shareCount = threshold + spare;
          const shares = await sharing.split({ secret: redact(bytes), threshold, shareCount });
          assert.ok(
            shares.every((share) => expose(share).length === bytes.length + SHARE_OVERHEAD),
          );
          const mixed = shares.toSorted(() => (order.next().value % 2 === 0 ? 1 : -1));
          const enough = unwrap(await sharing.combine(mixed.slice(0, threshold)));
          assert.deepEqual(expose(enough), bytes);
          assert.deepEqual(expose(unwrap(await sharing.combine(mixed))), bytes);
          const tooFew = await sharing.combine(mixed.slice(0, threshold - 1));
          const error = { code: 'crypto/share-too-few', meta: { threshold } };
          if (threshold > 2) assert.deepEqual(tooFew, { ok: false, error });
          else assert.equal(tooFew.ok, false);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('any flipped bit of a share is told', async () => {
    const [first, second] = await twoOfThree();
    const bytes = expose(first);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const code = await codeOf([redact(flipBit(bytes, bit)), second]);
      assert.equal(code, bit < 8 ? 'crypto/unknown-suite' : 'crypto/share-malformed', `bit ${bit}`);
    }
  });

  test('a share altered with a fitting checksum is told by its header or its tag', async () => {
    const [first, second] = await twoOfThree();
    for (const [offset, code] of [
      [2, 'crypto/share-mixed'],
      [3, 'crypto/share-damaged'],
      [4, 'crypto/share-mixed'],
      [20, 'crypto/share-damaged'],
      [51, 'crypto/share-damaged'],
      [52, 'crypto/share-damaged'],
    ] as const) {
      const forged = expose(first).slice();
      // An x that neither share has.
      forged[offset] = offset === 3 ? unusedX([first, second]) : (forged[offset] ?? 0) ^ 4;
      assert.equal(await codeOf([withChecksum(forged), second]), code, `byte ${offset}`);
    }
  });

  test('a share cannot lower the threshold', async () => {
    const shares = await sharing.split({ secret, threshold: 3, shareCount: 3 });
    const [first, ...others] = shares.map((share) => withChecksum(expose(share).with(1, 2)));
    assert.ok(first !== undefined);
    assert.equal(await codeOf([first, ...others.slice(1)]), 'crypto/share-damaged');
    assert.equal(await codeOf([first, ...shares.slice(1)]), 'crypto/share-mixed');
  });

  test('shares of another splitting, doubles, nothing and nonsense have codes', async () => {
    const [first, second] = await twoOfThree();
    const [foreign] = await twoOfThree();
    assert.equal(await codeOf([first, foreign]), 'crypto/share-mixed');
    assert.equal(await codeOf([first, second, first]), 'crypto/share-duplicate');
    assert.equal(await codeOf([first]), 'crypto/share-too-few');
    assert.equal(await codeOf([]), 'crypto/share-too-few');
    assert.equal(await codeOf([first, redact(new Uint8Array(0))]), 'crypto/share-malformed');
    const many = Array.from({ length: 256 }, () => first);
    assert.equal(await codeOf(many), 'crypto/share-duplicate');
  });

  test('lengths and counts out of range are bugs', async () => {
    for (const [length, threshold, shareCount] of [
      [15, 2, 3],
      [65, 2, 3],
      [32, 1, 3],
      [32, 4, 3],
      [32, 2, 256],
    ] as const) {
      const request = { secret: redact(new Uint8Array(length)), threshold, shareCount };
      await assert.rejects(() => sharing.split(request), /crypto\/argument-range/);
    }
  });

  test('works in a bundle for browsers that has getRandomValues and nothing else', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `
          import { split, combine } from 'shamir-secret-sharing';
          globalThis.result = split(new Uint8Array(16).fill(7), 3, 2).then((shares) =>
            combine(shares.slice(1)));`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      platform: 'browser',
      format: 'iife',
      write: false,
    });
    // As in a page without a secure context: no crypto.subtle, no require.
    const page = createContext({
      crypto: {
        getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes),
      },
    });
    runInContext(outputFiles[0]?.text ?? '', page);
    const combined: unknown = await runInContext('result.then((bytes) => bytes.join())', page);
    assert.equal(combined, Array.from({ length: 16 }, () => 7).join());
  });
});

async function twoOfThree(): Promise<[Redacted<Uint8Array>, Redacted<Uint8Array>]> {
  const [first, second] = await sharing.split({ secret, threshold: 2, shareCount: 3 });
  assert.ok(first !== undefined && second !== undefined);
  return [first, second];
}

async function codeOf(shares: readonly Redacted<Uint8Array>[]): Promise<string | undefined> {
  const result = await sharing.combine(shares);
  return result.ok ? undefined : result.error.code;
}

/** What a forger can do: give any bytes a fitting checksum. */
function withChecksum(share: Uint8Array): Redacted<Uint8Array> {
  const { symmetric } = createJavaScriptProvider({ random });
  const label = new TextEncoder().encode('pars/1 share checksum\0');
  const checksum = symmetric.sha3(label, share.subarray(0, -4)).subarray(0, 4);
  return redact(Uint8Array.of(...share.subarray(0, -4), ...checksum));
}

function unusedX(shares: readonly Redacted<Uint8Array>[]): number {
  const used = new Set(shares.map((share) => expose(share)[3]));
  return [1, 2, 3].find((x) => !used.has(x)) ?? 0;
}

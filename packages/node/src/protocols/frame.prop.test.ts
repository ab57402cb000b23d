import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, uint32ToBytes, unwrap } from '@pars/base';
import { createStreamPair } from '@pars/base/fakes';
import fc from 'fast-check';
import { readFrame, writeFrame } from './frame.ts';
import { fuzzTargets } from './protocol.fuzz.ts';

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let at = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(at, end);
    at = end;
  }
}

describe('frames', () => {
  test('arrive whole, however they are cut', async () => {
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), cuts, async (content, where) => {
        const frame = concatBytes(uint32ToBytes(content.length), content);
        assert.deepEqual(unwrap(await readFrame(chunksOf(frame, where), 300)), content);
        const longer = concatBytes(frame, Uint8Array.of(0));
        assert.equal((await readFrame(chunksOf(longer, where), 300)).ok, false);
        const shorter = frame.subarray(0, -1);
        assert.equal((await readFrame(chunksOf(shorter, where), 300)).ok, false);
        if (content.length === 0) return;
        assert.equal((await readFrame(chunksOf(frame, where), content.length - 1)).ok, false);
      }),
    );
  });

  test('cross a stream', async () => {
    const [near, far] = createStreamPair();
    const written = writeFrame(near, new Uint8Array(100_000).fill(3));
    assert.equal(unwrap(await readFrame(far.source, 100_000)).length, 100_000);
    assert.equal((await written).ok, true);
  });

  for (const target of fuzzTargets) {
    test(`${target.name} survives any bytes`, async () => {
      for (const sample of await target.corpus()) await target.run(sample);
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
          await target.run(bytes);
        }),
      );
    });
  }
});

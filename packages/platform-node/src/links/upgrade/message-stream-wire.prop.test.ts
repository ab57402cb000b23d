import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamPair } from '@libp2p/utils';
import * as fc from 'fast-check';
import { createMessageStreamWire } from './message-stream-wire.ts';

test('gives exactly the bytes that came, however they were cut, and the rest at the end', async () => {
  const arrivals = fc.array(fc.uint8Array({ minLength: 1, maxLength: 4_000 }), { maxLength: 30 });
  const reads = fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(arrivals, reads, async (chunks, lengths) => {
      const [near, far] = await streamPair();
      const wire = createMessageStreamWire(near);
      const whole = Buffer.concat(chunks);
      for (const chunk of chunks) far.send(chunk);
      const received: Uint8Array[] = [];
      let left = whole.length;
      for (const length of lengths) {
        if (length > left) break;
        left -= length;
        const bytes = await wire.read(length);
        assert.equal(bytes?.length, length);
        received.push(bytes ?? new Uint8Array(0));
      }
      while (near.readBufferLength > 0) await new Promise((resolve) => setImmediate(resolve));
      const end = Buffer.concat([...received, ...wire.detach()]);
      assert.deepEqual(end, whole.subarray(0, end.length));
      far.abort(new Error('done'));
    }),
    { numRuns: 60 },
  );
});

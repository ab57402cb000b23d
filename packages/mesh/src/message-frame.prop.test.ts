import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '@pars/base';
import * as fc from 'fast-check';
import { createMessageFrameReader, encodeMessageFrame } from './message-frame.ts';

const message = fc.uint8Array({ minLength: 1, maxLength: 600 });

test('messages come out as they went in, however the stream is cut, and share nothing with it', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
      (messages, cuts) => {
        const wire = concatBytes(...messages.map(encodeMessageFrame));
        const reader = createMessageFrameReader(600);
        const read: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < wire.length; turn += 1) {
          const chunk = wire.slice(at, at + (cuts[turn % cuts.length] ?? 1));
          read.push(...(reader.push(chunk) ?? assert.fail('refused')));
          at += chunk.length;
          chunk.fill(0xee);
        }
        assert.deepEqual(read, messages);
      },
    ),
  );
});

test('a message that is empty or too long ends the stream as soon as its length is there', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 3 }),
      fc.constantFrom([0, 0], [0x02, 0x59], [0xff, 0xff]),
      fc.boolean(),
      (messages, badLength, isCut) => {
        const reader = createMessageFrameReader(600);
        const wire = concatBytes(...messages.map(encodeMessageFrame));
        const bad = Uint8Array.from(badLength);
        if (isCut) {
          assert.deepEqual(reader.push(concatBytes(wire, bad.subarray(0, 1))), messages);
          assert.equal(reader.push(bad.subarray(1)), undefined);
        } else {
          assert.equal(reader.push(concatBytes(wire, bad)), undefined);
        }
      },
    ),
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createLinkFixture, shakeHands } from './link-fixture.ts';

const link = await createLinkFixture('link handshake properties');

/** Messages of a handshake with and without a challenge, by who must refuse a flipped bit in each. */
const flows = [
  { name: 'direct', difficulty: undefined, lengths: [1_603, 9_043, 7_443] },
  { name: 'challenged', difficulty: 0, lengths: [1_603, 40, 1_648, 9_043, 7_443] },
] as const;

describe('any single flipped bit', () => {
  for (const { name, difficulty, lengths } of flows) {
    test(`in any message of the ${name} handshake ends it with a code`, async () => {
      const places = fc
        .nat({ max: lengths.length - 1 })
        .chain((index) =>
          fc.tuple(fc.constant(index), fc.nat({ max: (lengths[index] ?? 1) * 8 - 1 })),
        );
      await fc.assert(
        fc.asyncProperty(places, async ([index, bit]) => {
          const result = await shakeHands(
            link.initiator(),
            link.responder({ difficulty: () => difficulty }),
            (message, at) => (at === index ? flipped(message, bit) : message),
          );
          assert.ok('code' in result, 'a flipped bit went through');
          assert.match(result.code, /^mesh\//);
        }),
        { numRuns: 40 },
      );
    });
  }

  test('in a header is refused by the receiver before anything else', async () => {
    for (const { difficulty, lengths } of flows) {
      for (const index of lengths.keys()) {
        for (let bit = 0; bit < 24; bit += 5) {
          const result = await shakeHands(
            link.initiator(),
            link.responder({ difficulty: () => difficulty }),
            (message, at) => (at === index ? flipped(message, bit) : message),
          );
          const receiver = index % 2 === 0 ? 'responder' : 'initiator';
          assert.ok('code' in result && result.failedRole === receiver);
          assert.match(result.code, /^mesh\/(unknown-suite|unknown-version|unexpected-message)$/);
        }
      }
    }
  });
});

test('any bytes in any state give a coded failure', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc
      .tuple(
        fc.constantFrom(1, 2, 3, 4, 5),
        fc.constantFrom(1_603, 40, 1_648, 9_043, 7_443),
        fc.nat(),
      )
      .map(([type, length, fill]) => {
        const message = new Uint8Array(length).fill(fill);
        message.set([1, 1, type]);
        return message;
      }),
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), async (message, isInitiator) => {
      const machine = isInitiator ? link.initiator() : link.responder({ difficulty: () => 0 });
      await machine.start();
      const step = await machine.receive(message);
      const isChallenge = isInitiator && message[2] === 2;
      const isHello = !isInitiator && message[2] === 1;
      if (!isChallenge && !isHello) assert.equal(step.kind, 'fail');
      if (step.kind === 'fail') assert.match(step.failure.code, /^mesh\//);
    }),
    { numRuns: 150 },
  );
});

function flipped(message: Uint8Array, bit: number): Uint8Array {
  const copy = message.slice();
  copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

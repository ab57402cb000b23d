import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createJavaScriptProvider } from '@pars/crypto';
import * as fc from 'fast-check';
import { base45FromBytes, bytesFromBase45 } from './base45.ts';
import { parcelsFromSet } from './parcel-set.ts';
import { decodeQrFrame, encodeQrFrame, qrContents } from './qr-frame.ts';
import { createQrReceiver } from './qr-receiver.ts';
import { createQrSender } from './qr-sender.ts';

const random = createSimulationRandom('qr stream');
const { symmetric } = createJavaScriptProvider({ random });

describe('base45', () => {
  test('gives bytes back, and no two texts mean the same', () => {
    assert.equal(base45FromBytes(new TextEncoder().encode('Hello!!')), '%69 VD92EX0');
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.deepEqual(bytesFromBase45(base45FromBytes(bytes)), bytes);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), (text) => {
        const bytes = bytesFromBase45(text);
        if (bytes !== undefined) assert.equal(base45FromBytes(bytes), text);
      }),
    );
    for (const text of ['GGW', ':::', 'A', '::', 'a00'])
      assert.equal(bytesFromBase45(text), undefined);
  });
});

describe('a stream of QR codes', () => {
  test('is complete from any start, with gaps, in any order', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 2_000 }),
        fc.constantFrom(...qrContents),
        fc.integer({ min: 1, max: 400 }),
        fc.nat({ max: 100_000 }),
        fc.nat({ max: 9 }),
        (object, content, symbolLength, start, lossTenths) => {
          fc.pre(object.length / symbolLength <= 300);
          const sender = unwrap(createQrSender(symmetric, content, object, symbolLength));
          const receiver = createQrReceiver(symmetric);
          for (let number = start; ; number += 1) {
            if (random.below(10) < lossTenths) continue;
            const progress = unwrap(receiver.add(sender.frame(number)));
            unwrap(receiver.add(sender.frame(number)));
            if (progress.state === 'more') {
              assert.ok(number < start + 40 * (sender.sourceCount + 20), 'never done');
              continue;
            }
            assert.deepEqual([progress.content, progress.object], [content, object]);
            return;
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('reads nothing into other codes and damaged ones', () => {
    const sender = unwrap(createQrSender(symmetric, 'text', random.bytes(300), 100));
    const frame = sender.frame(1);
    for (let at = 0; at < frame.length; at += 1) {
      const letter = frame[at] === 'A' ? 'B' : 'A';
      const read = decodeQrFrame(symmetric, frame.slice(0, at) + letter + frame.slice(at + 1));
      assert.deepEqual(read.ok ? '' : read.error.code, 'mesh/bad-qr-frame', `letter ${at}`);
    }
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        assert.equal(createQrReceiver(symmetric).add(text).ok, false);
      }),
    );
  });

  test('holds two objects at most, and takes none over its bound', () => {
    const receiver = createQrReceiver(symmetric, { maxBytes: 1_000 });
    const senders = [1, 2, 3].map((value) =>
      unwrap(createQrSender(symmetric, 'bundle', new Uint8Array(1_000).fill(value), 100)),
    );
    for (const sender of senders) unwrap(receiver.add(sender.frame(0)));
    const [first] = senders;
    const progress = unwrap(receiver.add(first?.frame(1) ?? ''));
    // The first one had given way, and begins anew.
    assert.ok(progress.state === 'more' && progress.missing === 9);
    const large = unwrap(createQrSender(symmetric, 'bundle', new Uint8Array(1_001), 100));
    const refused = receiver.add(large.frame(0));
    assert.equal(refused.ok ? '' : refused.error.code, 'mesh/qr-object-too-large');
    assert.equal(createQrSender(symmetric, 'bundle', new Uint8Array(4_194_305), 1_800).ok, false);
  });

  test('gives up on an object that is never what it says', () => {
    const receiver = createQrReceiver(symmetric);
    const codes: string[] = [];
    for (let symbolId = 0; symbolId < 20; symbolId += 1) {
      const symbol = random.bytes(100);
      const frame = {
        content: 'text',
        tag: new Uint8Array(16),
        length: 200,
        symbolId,
        symbol,
      } as const;
      const added = receiver.add(encodeQrFrame(symmetric, frame));
      codes.push(added.ok ? added.value.state : added.error.code);
    }
    assert.ok(codes.includes('mesh/qr-object-damaged'));
    assert.ok(!codes.includes('done'));
  });
});

test('a set of parcels is cut by the sizes in it', () => {
  const one = new Uint8Array(1_024);
  const two = new Uint8Array(4_096);
  two[2] = 1;
  assert.deepEqual(unwrap(parcelsFromSet(concatBytes(one, two, one))), [one, two, one]);
  assert.deepEqual(unwrap(parcelsFromSet(new Uint8Array(0))), []);
  for (const bytes of [
    one.subarray(1),
    concatBytes(one, Uint8Array.of(1, 1, 9)),
    concatBytes(one, Uint8Array.of(1)),
  ]) {
    assert.equal(parcelsFromSet(bytes).ok, false);
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok } from '@pars/base';
import * as fc from 'fast-check';
import { encodeMessageFrame } from '../message-frame.ts';
import { fuzzTargets } from './reconciliation.fuzz.ts';
import { createSyncFrameReader } from './sync-frame.ts';
import { requireMessageLength } from './sync-machine.ts';
import {
  decodeSyncMessage,
  encodeSyncMessage,
  maxSyncMessage,
  type SyncMessage,
} from './sync-message.ts';
import { sampleMessages } from './sync-sample-fixture.ts';

const codeOf = (bytes: Uint8Array) => {
  const message = decodeSyncMessage(bytes);
  return message.ok ? 'ok' : message.error.code;
};
const refused = (message: SyncMessage) =>
  assert.equal(codeOf(encodeSyncMessage(message)), 'mesh/bad-sync-message');

describe('messages of a sync', () => {
  for (const message of sampleMessages) {
    test(`${message.type}: one encoding, and no shorter or longer one of a fixed length`, () => {
      const bytes = encodeSyncMessage(message);
      assert.deepEqual(decodeSyncMessage(bytes), ok(message));
      assert.notEqual(
        codeOf(bytes.subarray(0, bytes.length - 1)),
        message.type === 'part' ? '' : 'ok',
      );
    });
  }

  test('of another suite or version are refused by name', () => {
    const [open] = sampleMessages;
    assert.ok(open);
    const bytes = encodeSyncMessage(open);
    assert.equal(codeOf(bytes.with(1, 2)), 'mesh/unknown-suite');
    assert.equal(codeOf(bytes.with(2, 2)), 'mesh/unknown-version');
    assert.equal(codeOf(bytes.subarray(0, 2)), 'mesh/bad-sync-message');
  });

  test('out of range are refused', () => {
    const askerSalt = new Uint8Array(16);
    const day = { day: 1, count: 1, sum: 0n };
    const range = { from: 2n, to: 1n };
    refused({ type: 'summary', answererSalt: askerSalt, days: [day, day] });
    refused({ type: 'summary', answererSalt: askerSalt, days: [{ ...day, count: 0 }] });
    const days = Array.from({ length: 65 }, (_, place) => ({ ...day, day: place }));
    refused({ type: 'summary', answererSalt: askerSalt, days });
    refused({ type: 'ask-symbols', day: 1, from: 0, count: 0, perMessage: 1 });
    refused({ type: 'ask-symbols', day: 1, from: 0, count: 1, perMessage: 0 });
    refused({ type: 'ask-symbols', day: 1, from: 0, count: 1, perMessage: 2_048 });
    refused({ type: 'ask-ranges', day: 1, ranges: [range] });
    refused({ type: 'ask-ranges', day: 1, ranges: [] });
    refused({ type: 'ranges', day: 1, ranges: [{ ...range, count: 1, sum: 1n }] });
    refused({ type: 'ask-items', day: 1, range });
    refused({ type: 'items', day: 1, range, shorts: [] });
    refused({ type: 'offer', day: 1, start: 0, shorts: [] });
    const want = { type: 'want', day: 1, partLength: 64, offset: 0, shorts: [1n] } as const;
    refused({ ...want, partLength: 63 });
    refused({ ...want, partLength: 32_753 });
    refused({ ...want, shorts: [] });
    refused({ ...want, shorts: Array.from({ length: 65 }, (_, place) => BigInt(place)) });
    const part = {
      type: 'part',
      short: 1n,
      bucket: 0,
      offset: 0,
      bytes: new Uint8Array(10),
    } as const;
    refused({ ...part, bucket: 6 });
    refused({ ...part, bytes: new Uint8Array(0) });
    refused({ ...part, offset: 1_015 });
    assert.equal(codeOf(new Uint8Array(0)), 'mesh/bad-sync-message');
    assert.equal(codeOf(Uint8Array.of(16)), 'mesh/bad-sync-message');
    assert.equal(codeOf(new Uint8Array(maxSyncMessage + 1).fill(5)), 'mesh/bad-sync-message');
  });

  test('lengths that a side may ask for', () => {
    for (const wrong of [255, 32_767, 1_000.5]) {
      assert.throws(() => requireMessageLength(wrong), /mesh\/argument/);
    }
    assert.equal(requireMessageLength(), 4_096);
  });

  test('are the only ones: whatever is read, is written the same', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.constantFrom(...sampleMessages), fc.nat(200), fc.nat(255))
        .map(([message, at, value]) => {
          const encoded = encodeSyncMessage(message);
          return encoded.with(at % encoded.length, value);
        }),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        for (const target of fuzzTargets) void target.run(input);
      }),
      { numRuns: 300 },
    );
  });
});

describe('frames', () => {
  test('come out as they went in, however the stream is cut', () => {
    const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 50 }), (sent, step) => {
        const wire = Uint8Array.from(sent.flatMap((message) => [...encodeMessageFrame(message)]));
        const reader = createSyncFrameReader();
        const read: Uint8Array[] = [];
        for (let at = 0; at < wire.length; at += step) {
          const result = reader.push(wire.subarray(at, at + step));
          if (result.ok) read.push(...result.value);
        }
        assert.deepEqual(read, sent);
      }),
    );
  });

  test('of 0 or more than 32,766 bytes are refused before they are held', () => {
    for (const length of [0, 32_767, 65_535]) {
      const header = Uint8Array.of(length >>> 8, length & 255);
      const result = createSyncFrameReader().push(header);
      assert.equal(result.ok ? '' : result.error.code, 'mesh/bad-sync-message');
    }
    const longest = encodeMessageFrame(new Uint8Array(maxSyncMessage));
    assert.equal(longest.length, 32_768);
    assert.ok(createSyncFrameReader().push(longest).ok);
  });
});

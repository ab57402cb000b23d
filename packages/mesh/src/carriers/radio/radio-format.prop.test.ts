import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, expose, redact, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { createTestSuite } from '../../parcel/parcel-fixture.ts';
import { createFountainEncoder } from '../fountain/index.ts';
import { compactFromParcel, parcelFromCompact } from './compact-parcel.ts';
import { createKissReader, encodeKissFrame, encodeKissKeyUp } from './kiss.ts';
import { createSimulatedAir, radioNetwork } from './radio-air-fixture.ts';
import {
  createRadioKey,
  radioGroupKeys,
  radioKeyFromPassphrase,
  radioKeyFromText,
  radioKeyToText,
} from './radio-key.ts';
import { decodeRadioMemory, encodeRadioMemory } from './radio-memory.ts';
import { decodeRadioMessage, encodeRadioMessage } from './radio-message.ts';
import { openRadioFrame, sealRadioFrame } from './radio-seal.ts';
import { createReceptionBook, radioSymbolLength } from './reception-book.ts';
import { createReplayWindow } from './replay-window.ts';

const random = createSimulationRandom('radio format');
const suite = createTestSuite(random);
const { symmetric } = suite;
const frame = fc.uint8Array({ minLength: 1, maxLength: 230 });

describe('KISS frames', () => {
  test('come out of a stream however it is cut, between whatever noise', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        (frames, step) => {
          const bytes = concatBytes(
            Uint8Array.of(1, 2, 3),
            ...frames.flatMap((each) => [encodeKissFrame(each), encodeKissKeyUp(1_920)]),
          );
          const reader = createKissReader();
          const found: Uint8Array[] = [];
          for (let at = 0; at < bytes.length; at += step)
            found.push(...reader.push(bytes.subarray(at, at + step)));
          assert.deepEqual(found, frames);
        },
      ),
    );
  });

  test('are never longer than 230 bytes, and any bytes are read', () => {
    const reader = createKissReader();
    assert.deepEqual(reader.push(encodeKissFrame(new Uint8Array(231))), []);
    assert.equal(reader.push(encodeKissFrame(new Uint8Array(230))).length, 1);
    assert.deepEqual(
      reader.push(Uint8Array.of(0xc0, 0, 1, 0xdb, 7, 0xc0, 0xc0, 0, 0xdb, 0xc0)),
      [],
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        for (const found of createKissReader().push(bytes)) assert.ok(found.length <= 230);
      }),
    );
  });
});

describe('sealed frames', () => {
  const keys = radioGroupKeys(symmetric, redact(new Uint8Array(32).fill(1)));
  const others = radioGroupKeys(symmetric, redact(new Uint8Array(32).fill(2)));
  const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

  test('open for the group, and for nobody else, and not when a bit is changed', () => {
    fc.assert(
      fc.property(
        uint32,
        uint32,
        fc.uint8Array({ minLength: 1, maxLength: 210 }),
        fc.nat(),
        (station, counter, message, place) => {
          const sealed = sealRadioFrame(symmetric, keys, { station, counter, message });
          assert.equal(sealed.length, 20 + message.length);
          assert.deepEqual(openRadioFrame(symmetric, keys, sealed), { station, counter, message });
          assert.equal(openRadioFrame(symmetric, others, sealed), undefined);
          const bit = place % (8 * sealed.length);
          sealed[bit >>> 3] = (sealed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
          assert.equal(openRadioFrame(symmetric, keys, sealed), undefined);
        },
      ),
      { numRuns: 50 },
    );
    for (const length of [0, 19, 20, 231]) {
      assert.equal(openRadioFrame(symmetric, keys, new Uint8Array(length)), undefined);
    }
  });
});

test('messages have one encoding each', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 215 }),
      fc.integer({ min: 0, max: 6 }),
      (bytes, kind) => {
        if (bytes.length > 0) bytes[0] = kind;
        const message = decodeRadioMessage(bytes);
        if (message.ok) assert.deepEqual(encodeRadioMessage(message.value), bytes);
      },
    ),
    { numRuns: 2_000 },
  );
});

describe('compact parcels', () => {
  const air = createSimulatedAir('compact', { loss: 0 });

  test('give back every byte of the parcel', () => {
    for (const bucket of [0, 1, 2, 3]) {
      for (const hasToken of [false, true]) {
        for (const priority of ['normal', 'high', 'emergency'] as const) {
          const parcel = air.make({ bucket, hasToken, priority });
          const compact = compactFromParcel(radioNetwork, parcel);
          assert.equal(compact.length, parcel.body.length + (hasToken ? 444 : 109));
          assert.deepEqual(
            unwrap(parcelFromCompact(symmetric, radioNetwork, compact)).bytes,
            parcel.bytes,
          );
        }
      }
    }
  });

  test('read any bytes, and there is one form of each', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.constantFrom(621, 956, 620, 0, 1),
        (first, length) => {
          const bytes = random.bytes(length);
          bytes[0] = first;
          const parcel = parcelFromCompact(symmetric, radioNetwork, bytes);
          if (parcel.ok) assert.deepEqual(compactFromParcel(radioNetwork, parcel.value), bytes);
        },
      ),
      { numRuns: 400 },
    );
  });
});

test('a window admits each counter once, the late ones too, and nothing from before a restart', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 })),
      fc.integer({ min: -1, max: 50 }),
      (counters, heardUpTo) => {
        const window = createReplayWindow(heardUpTo);
        const admitted = new Set<number>();
        for (const counter of counters) {
          const isFresh = counter > heardUpTo && !admitted.has(counter);
          const isLate = counter <= window.highest - 64;
          assert.equal(window.admit(counter), isFresh && !isLate, `${counter}`);
          if (isFresh && !isLate) admitted.add(counter);
        }
      },
    ),
  );
});

describe('keys of a group', () => {
  test('are written as a link, in which a typing error shows', () => {
    const key = createRadioKey(random);
    const text = expose(radioKeyToText(symmetric, key));
    assert.match(text, /^pars:\/\/radio\/[A-Za-z0-9_-]{48}$/);
    assert.deepEqual(expose(unwrap(radioKeyFromText(symmetric, ` ${text}\n`))), expose(key));
    for (let at = 0; at < text.length; at += 1) {
      const wrong = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
      const read = radioKeyFromText(symmetric, wrong);
      assert.equal(read.ok ? '' : read.error.code, 'mesh/bad-radio-key');
    }
  });

  test('come from passphrase and name of the group, however the name is typed', async () => {
    const derive = (name: string, words = 'eight words') =>
      radioKeyFromPassphrase(suite, redact(new TextEncoder().encode(words)), name).then((key) =>
        expose(key),
      );
    const key = await derive('Valley');
    assert.deepEqual(await derive(' valley '), key);
    assert.notDeepEqual(await derive('hill'), key);
  });
});

test('the memory of a station is read as written, and nothing else is', () => {
  const memory = {
    station: 7,
    reservedTo: 2 ** 32 - 1,
    heard: new Map([
      [1, 2],
      [3, 4],
    ]),
  };
  const bytes = encodeRadioMemory(memory);
  assert.deepEqual(decodeRadioMemory(bytes), memory);
  for (let length = 0; length < bytes.length; length += 1) {
    assert.equal(decodeRadioMemory(bytes.subarray(0, length)), undefined);
  }
});

test('symbols of one parcel under the name of another are not taken', () => {
  const air = createSimulatedAir('false name', { loss: 0 });
  const parcel = compactFromParcel(radioNetwork, air.make());
  for (const shift of [0, 1]) {
    const book = createReceptionBook(symmetric, radioNetwork, () => 7);
    const symbolLength = radioSymbolLength(parcel.length);
    const encoder = createFountainEncoder(parcel, symbolLength);
    const states = Array.from({ length: encoder.sourceCount }, (_, symbolId) => {
      const symbol = encoder.symbol(symbolId);
      const message = { kind: 'symbol', left: 0, asks: true, short: 7 + shift } as const;
      return book.take({ ...message, length: parcel.length, symbolId, symbol }, 1).state;
    });
    assert.equal(states.at(-1), shift === 0 ? 'done' : 'more');
  }
});

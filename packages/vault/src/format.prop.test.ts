import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { type CellKind, cellOf, findCells, maskOfWindow, openCell, sealCell } from './cell.ts';
import { below, drawInOrder, numbersBelow } from './draws.ts';
import { entriesPerMap, windowBytes } from './geometry.ts';
import { decodeMapPage, encodeMapPage } from './page-map.ts';
import { decodeRootRecord, encodeRootRecord, ROOT_RECORD_BYTES } from './root-record.ts';
import {
  createStripe,
  drawErasedSlots,
  eraseSlots,
  findRoot,
  rootKeysFrom,
} from './root-stripe.ts';
import { FAST_SUITE, pageOf, SMALL } from './vault-fixture.ts';

const { symmetric } = FAST_SUITE;
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const number48 = fc.integer({ min: 1, max: 2 ** 48 - 1 });
const plain = { noNullPrototype: true };
const entry = fc.option(fc.record({ version: number48, key }, plain), { nil: undefined });

describe('formats', () => {
  test('root records come back as they were', () => {
    const record = fc.record(
      {
        flush: number48,
        day: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        extraFlushes: fc.integer({ min: 0, max: 64 }),
        tops: fc.array(entry, { minLength: 4, maxLength: 4 }),
        secrets: fc.option(fc.record({ decoy: key, hidden: key, root: key }, plain), {
          nil: undefined,
        }),
      },
      plain,
    );
    fc.assert(
      fc.property(record, (fields) => {
        const volume = fields.secrets === undefined ? (0 as const) : (1 as const);
        const bytes = encodeRootRecord({ ...fields, volume });
        assert.equal(bytes.length, ROOT_RECORD_BYTES);
        assert.deepEqual(decodeRootRecord(bytes), { ...fields, volume });
      }),
    );
    assert.equal(decodeRootRecord(new Uint8Array(ROOT_RECORD_BYTES - 1)), undefined);
    assert.equal(decodeRootRecord(new Uint8Array(ROOT_RECORD_BYTES).fill(2)), undefined);
  });

  test('map pages come back as they were', () => {
    const entries = fc.array(entry, { maxLength: entriesPerMap(SMALL) });
    fc.assert(
      fc.property(entries, (list) => {
        const decoded = decodeMapPage(SMALL, encodeMapPage(SMALL, list));
        assert.deepEqual(decoded.slice(0, list.length), list);
        assert.ok(decoded.slice(list.length).every((one) => one === undefined));
      }),
    );
  });

  test('a cell is found and opened by its keys alone, and no changed bit of it passes', () => {
    const cell = fc.record({
      slot: fc.integer({ min: 0, max: 63 }),
      kind: fc.constantFrom<CellKind>(0, 1, 2, 3),
      page: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      version: number48,
      writtenAt: number48,
      flip: fc.integer({ min: 0, max: 64 * 8 + 512 * 8 + 127 }),
    });
    const random = createSimulationRandom('cells');
    fc.assert(
      fc.property(cell, ({ slot, flip, ...header }) => {
        const window = new Uint8Array(windowBytes(SMALL)).map(() => random.below(256));
        const maskKey = random.bytes(32);
        const pageKey = random.bytes(32);
        const mask = maskOfWindow(symmetric, maskKey, window);
        const content = pageOf(SMALL, 'content');
        sealCell(symmetric, SMALL, { window, slot, mask, header, key: pageKey, content });
        assert.deepEqual([...findCells(SMALL, window, mask)], [[slot, header]]);
        const other = maskOfWindow(symmetric, random.bytes(32), window);
        assert.equal(findCells(SMALL, window, other).size, 0);
        const own = cellOf(SMALL, window, slot);
        assert.deepEqual(openCell(symmetric, SMALL, own, header, pageKey), content);
        own[flip >> 3] = (own[flip >> 3] ?? 0) ^ (1 << (flip & 7));
        const found = findCells(SMALL, window, maskOfWindow(symmetric, maskKey, window)).get(slot);
        const opened = found && openCell(symmetric, SMALL, own, found, pageKey);
        const isUnusedNonce = flip >> 3 >= 12 && flip >> 3 < 16;
        if (isUnusedNonce) assert.deepEqual(opened, content);
        else assert.equal(opened, undefined);
      }),
      { numRuns: 60 },
    );
  });
});

describe('root stripe', () => {
  const random = createSimulationRandom('stripe');
  const record = {
    volume: 0,
    flush: 13,
    day: 0,
    extraFlushes: 0,
    tops: [undefined, undefined, undefined, undefined],
    secrets: undefined,
  } as const;

  test('a root survives the erasing of eight slots that do not know of it, and not that of its own', () => {
    for (let round = 0; round < 50; round += 1) {
      const mine = rootKeysFrom(symmetric, random.bytes(32));
      const others = rootKeysFrom(symmetric, random.bytes(32));
      const { bytes, slots } = createStripe({ symmetric, random }, 5, [
        { keys: others, record },
        { keys: mine, record },
      ]);
      assert.deepEqual(
        findRoot(symmetric, 5, 8, bytes, mine)?.slots,
        slots[1]?.toSorted((a, b) => a - b),
      );
      assert.equal(findRoot(symmetric, 4, 8, bytes, mine), undefined, 'another stripe');
      const blind = eraseSlots(random, bytes, drawErasedSlots(random, [slots[0] ?? []]));
      assert.notEqual(findRoot(symmetric, 5, 8, blind, mine), undefined);
      assert.equal(findRoot(symmetric, 5, 8, blind, others), undefined);
      const known = eraseSlots(random, bytes, drawErasedSlots(random, slots));
      assert.equal(findRoot(symmetric, 5, 8, known, mine), undefined);
    }
  });

  test('erased slots are sixteen different ones whatever is known', () => {
    for (const known of [[], [[1, 2, 3, 4, 5, 6, 7, 8]], [[1], [60, 61]]]) {
      const drawn = drawErasedSlots(random, known);
      assert.equal(new Set(drawn).size, 16);
      assert.ok(drawn.every((slot) => slot >= 0 && slot < 64));
      assert.ok(known.flat().every((slot) => drawn.includes(slot)));
    }
  });
});

test('every slot is drawn at every position equally often', () => {
  const random = createSimulationRandom('draws');
  const counts = new Float64Array(64 * 64);
  const rounds = 20_000;
  for (let round = 0; round < rounds; round += 1) {
    drawInOrder(random, numbersBelow(64), 64).forEach((slot, at) => {
      counts[at * 64 + slot] = (counts[at * 64 + slot] ?? 0) + 1;
    });
  }
  const expected = rounds / 64;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 63 × 63 degrees of freedom: mean 3,969, standard deviation 89.
  assert.ok(Math.abs(chiSquare - 3969) < 5 * 89, `${chiSquare}`);
  assert.ok(Array.from({ length: 200 }, () => below(random, 3)).every((value) => value < 3));
});

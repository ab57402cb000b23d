import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact, unwrap } from '@pars/base';
import type { SessionId } from '@pars/session';
import { decodeRecord, encodeRecord } from '../profile/records.ts';
import {
  addLane,
  daysToLookFor,
  markRead,
  numbersToLookFor,
  replaceLane,
  takeNumber,
} from './lane.ts';

const NOW_MS = 1_795_305_600_000;
const DAY_MS = 86_400_000;
const today = NOW_MS / DAY_MS;
const sessionId = `05${'ab'.repeat(32)}` as SessionId;
const fresh = (byte: number) => {
  const secret = redact(new Uint8Array(32).fill(byte));
  const [lane] = addLane(undefined, sessionId, { secret, role: 'inviter' }).lanes;
  return unwrap(
    lane === undefined ? { ok: false, error: { code: 'x/y' } } : { ok: true, value: lane },
  );
};

describe('numbers that are given away', () => {
  test('are never the same twice on a day, and end after 256', () => {
    let lane = fresh(1);
    const numbers: number[] = [];
    for (let taken = takeNumber(lane, today, NOW_MS); taken !== undefined; ) {
      numbers.push(taken.number);
      ({ lane } = taken);
      taken = takeNumber(lane, today, NOW_MS);
    }
    assert.deepEqual(
      numbers,
      Array.from({ length: 256 }, (_, number) => number),
    );
    assert.equal(takeNumber(lane, today + 1, NOW_MS)?.number, 0);
  });

  test('are remembered while a clock that was set back could use them again', () => {
    const taken = takeNumber(fresh(1), today + 14, NOW_MS);
    const later = takeNumber(taken?.lane ?? fresh(1), today + 20, NOW_MS + 6 * DAY_MS);
    assert.equal(takeNumber(later?.lane ?? fresh(1), today + 14, NOW_MS)?.number, 1);
  });
});

describe('a clock that was set back by a year', () => {
  const YEAR_MS = 365 * DAY_MS;
  test('gives no number away twice when it is right again', () => {
    const taken = takeNumber(fresh(1), today + 14, NOW_MS);
    const back = takeNumber(taken?.lane ?? fresh(1), today - 351, NOW_MS - YEAR_MS);
    assert.equal(takeNumber(back?.lane ?? fresh(1), today + 14, NOW_MS)?.number, 1);
  });

  test('does not outgrow the row, whatever it does', () => {
    let lane = fresh(1);
    for (let days = 100; days >= 0; days -= 1) {
      const nowMs = NOW_MS - (100 - days) * DAY_MS;
      lane = takeNumber(lane, today + days, nowMs)?.lane ?? lane;
      lane = markRead(lane, { day: today + days, number: 255 }, nowMs);
    }
    const record = replaceLane(addLane(undefined, sessionId, lane), lane);
    const encoded = encodeRecord({ ...record, lanes: [lane, lane] });
    assert.ok(encoded.length < 16_384);
    decodeRecord(encoded);
  });
});

describe('numbers that are looked for', () => {
  test('are the first 16 of a day, and 16 behind the highest that was read', () => {
    const lane = fresh(1);
    assert.deepEqual(
      numbersToLookFor(lane, today),
      Array.from({ length: 16 }, (_, n) => n),
    );
    const read = markRead(lane, { day: today, number: 10 }, NOW_MS);
    const numbers = numbersToLookFor(read, today);
    assert.ok(!numbers.includes(10));
    assert.deepEqual([numbers[0], numbers.at(-1), numbers.length], [0, 26, 26]);
    assert.equal(numbersToLookFor(read, today + 1).length, 16);
  });

  test('end with the 256th, whatever was read', () => {
    let lane = fresh(1);
    for (let number = 0; number < 256; number += 1) {
      lane = markRead(lane, { day: today, number }, NOW_MS);
    }
    assert.deepEqual(numbersToLookFor(lane, today), []);
    const hostile = markRead(fresh(1), { day: today, number: 255 }, NOW_MS);
    assert.equal(numbersToLookFor(hostile, today).length, 255);
  });

  test('belong to 17 days', () => {
    const days = daysToLookFor(NOW_MS);
    assert.deepEqual([days[0], days.at(-1), days.length], [today, today + 16, 17]);
  });
});

describe('lanes', () => {
  test('are two at most, and the newest is in front', () => {
    const lanes = [1, 2, 3].reduce(
      (record, byte) => {
        const secret = redact(new Uint8Array(32).fill(byte));
        return addLane(record, sessionId, { secret, role: 'newcomer' });
      },
      addLane(undefined, sessionId, { secret: redact(new Uint8Array(32)), role: 'inviter' }),
    );
    const decoded = decodeRecord(encodeRecord(lanes));
    assert.equal(decoded.type === 'correspondence' && decoded.lanes.length, 2);
    assert.deepEqual(
      lanes.lanes.map(({ role }) => role),
      ['newcomer', 'newcomer'],
    );
  });

  test('fit into their row, with all days full', () => {
    let lane = fresh(1);
    for (let ahead = -16; ahead <= 32; ahead += 1) {
      lane = takeNumber(lane, today + ahead, NOW_MS)?.lane ?? lane;
      lane = markRead(lane, { day: today + ahead, number: 255 }, NOW_MS);
    }
    const record = replaceLane(addLane(undefined, sessionId, lane), lane);
    assert.equal(encodeRecord({ ...record, lanes: [lane, lane] }).length < 16_384, true);
  });
});

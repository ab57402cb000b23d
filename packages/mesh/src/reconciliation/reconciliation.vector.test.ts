import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type ReconciliationRecording,
  recordReconciliation,
} from './reconciliation-recording-fixture.ts';

/*
 * A second maker of sketches, written from PIP-1003 alone: it shares no line
 * with the implementation. `sketch.test.ts` has a second SipHash.
 */

const recording = JSON.parse(
  readFileSync(new URL('./reconciliation.vectors.json', import.meta.url), 'utf8'),
) as ReconciliationRecording;
const shorts = recording.shorts.map((short) => BigInt(`0x${short}`));
const mask = 0xffff_ffffn;
const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (32n - by))) & mask;

test('recording again gives the frozen bytes', () => {
  assert.deepEqual(recordReconciliation(), recording);
});

test('the salt comes from both sides', () => {
  const hash = createHash('sha3-256').update('pars/1 reconciliation salt');
  for (const salt of [recording.askerSalt, recording.answererSalt]) hash.update(salt, 'hex');
  assert.equal(recording.salt, hash.digest('hex').slice(0, 32));
});

test('the ids ascend, and the sum is that of their short ids', () => {
  assert.deepEqual(recording.ids, [...recording.ids].toSorted());
  assert.equal(
    BigInt(`0x${recording.sum}`),
    shorts.reduce((sum, short) => sum ^ short),
  );
});

test('every symbol is the sum of the short ids whose walks meet it', () => {
  const symbols = Array.from({ length: 64 }, () => ({ sum: 0n, check: 0n, count: 0 }));
  for (const short of shorts) {
    for (const at of walk(short)) {
      const symbol = symbols[at];
      assert.ok(symbol);
      symbol.sum ^= short;
      symbol.check ^= check(short);
      symbol.count += 1;
    }
  }
  const wire = symbols.map(({ sum, check, count }) =>
    [
      sum.toString(16).padStart(16, '0'),
      check.toString(16).padStart(8, '0'),
      count.toString(16).padStart(8, '0'),
    ].join(''),
  );
  assert.deepEqual(wire, recording.symbols);
});

/** The symbols below 64 that hold an item. */
function walk(short: bigint): readonly number[] {
  let a = short >> 32n;
  let b = short & mask;
  const met: number[] = [];
  for (let at = 0; at < 64; ) {
    met.push(at);
    const drawn = (rotate((a * 0x9e3779bbn) & mask, 5n) * 5n) & mask;
    b ^= a;
    a = rotate(a, 26n) ^ b ^ ((b << 9n) & mask);
    b = rotate(b, 13n);
    at += Math.max(1, Math.ceil((at + 1.5) * (65_536 / Math.sqrt(Number(drawn) + 1) - 1)));
  }
  return met;
}

function check(short: bigint): bigint {
  const mix = (value: bigint) => {
    let mixed = value ^ (value >> 16n);
    mixed = (mixed * 0x85ebca6bn) & mask;
    mixed ^= mixed >> 13n;
    mixed = (mixed * 0xc2b2ae35n) & mask;
    return mixed ^ (mixed >> 16n);
  };
  return mix(mix(short & mask) ^ (short >> 32n));
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShardDay } from './keeper-message.ts';
import { firstMailboxes } from './mailbox-network.ts';
import { chooseVisit } from './visit-schedule.ts';

const today = 20_454;
const nowMs = today * 86_400_000 + 1;

function run(visits: number, isIncomplete: (day: number) => boolean): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  const counts = new Map<number, number>();
  for (let number = 1; number <= visits; number += 1) {
    const noteOf = ({ day }: ShardDay) => ({
      lastVisit: last.get(day) ?? 0,
      isIncomplete: isIncomplete(day),
    });
    const { day, shard } = chooseVisit(firstMailboxes, number, nowMs, (of) => of * 2, noteOf);
    assert.equal(shard, day * 2);
    last.set(day, number);
    counts.set(day - today, (counts.get(day - today) ?? 0) + 1);
  }
  return counts;
}

test('half of the visits go to the fresh day, a quarter to the four before it, and no day is left out', () => {
  const counts = run(864, () => false);
  assert.equal(counts.size, 17);
  assert.ok((counts.get(15) ?? 0) >= 432);
  for (let ahead = 0; ahead <= 16; ahead += 1) assert.ok((counts.get(ahead) ?? 0) >= 8, `${ahead}`);
  for (let ahead = 11; ahead <= 14; ahead += 1) assert.ok((counts.get(ahead) ?? 0) >= 54);
});

test('days that never end cannot keep the others from their visits', () => {
  const counts = run(864, (day) => day === today + 3);
  assert.equal(counts.size, 17);
  for (let ahead = 0; ahead <= 16; ahead += 1) assert.ok((counts.get(ahead) ?? 0) >= 6, `${ahead}`);
});

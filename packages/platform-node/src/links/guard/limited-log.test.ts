import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordingLog, createVirtualTime } from '@pars/base/fakes';
import { limitLog, linesPerMinute } from './limited-log.ts';

test('a flood of equal lines is counted instead of written, other lines are not', async () => {
  const time = createVirtualTime();
  const inner = createRecordingLog();
  const log = limitLog({ ...time, log: inner });
  for (let index = 0; index < 1_000; index += 1) log.write('warn', 'mesh/x', { code: 'flood' });
  log.write('warn', 'mesh/x', { code: 'rare' });
  log.write('error', 'mesh/x', { code: 'flood' });
  assert.equal(inner.entries.length, linesPerMinute + 2);
  await time.advance(60_000);
  log.write('warn', 'mesh/x', { code: 'flood' });
  log.write('warn', 'mesh/x', { code: 'flood' });
  assert.deepEqual(
    inner.entries.slice(-2).map(({ fields }) => fields),
    [{ code: 'flood', unwritten: 1_000 - linesPerMinute }, { code: 'flood' }],
  );
});

test('it remembers a bounded number of kinds', () => {
  const inner = createRecordingLog();
  const log = limitLog({ ...createVirtualTime(), log: inner });
  for (let index = 0; index < 10_000; index += 1) log.write('warn', 'mesh/x', { index });
  assert.equal(inner.entries.length, 256 + linesPerMinute);
});

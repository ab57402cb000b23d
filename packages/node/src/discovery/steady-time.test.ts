import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualTime } from '@pars/base/fakes';
import { createSteadyTime } from './steady-time.ts';

test('a steady time counts sleeps, and never goes back with a clock', async () => {
  const time = createVirtualTime();
  const steadyMs = createSteadyTime(time.clock);
  const beginMs = steadyMs();
  await time.advance(1_000);
  assert.equal(steadyMs() - beginMs, 1_000);
  time.jumpWallClock(-5 * 86_400_000);
  assert.equal(steadyMs() - beginMs, 1_000);
  await time.advance(1_000);
  assert.equal(steadyMs() - beginMs, 2_000);
  time.jumpWallClock(36_000_000);
  assert.equal(steadyMs() - beginMs, 36_002_000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualTime } from '@pars/base/fakes';
import { createRateLimiter } from './rate-limiter.ts';

test('a rate limit holds for each source and for all together, and ends after a minute', async () => {
  const time = createVirtualTime();
  const limiter = createRateLimiter(time.clock, { perSource: 2, total: 5 });
  const admitted = (sources: readonly string[]) => sources.map((source) => limiter.admit(source));
  assert.deepEqual(admitted(['a', 'a', 'a']), [true, true, false]);
  // New names do not help beyond the total.
  assert.deepEqual(admitted(['b', 'c', 'd', 'e', 'f']), [true, true, true, false, false]);
  await time.advance(59_999);
  assert.equal(limiter.admit('g'), false);
  await time.advance(1);
  assert.deepEqual(admitted(['a', 'a', 'a']), [true, true, false]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryMetrics } from './memory-metrics.ts';

test('what is refused is counted', () => {
  const metrics = createMemoryMetrics();
  metrics.count('test/a', -1);
  metrics.gauge('test/a', Number.NaN);
  metrics.count('شمار');
  assert.deepEqual([...metrics.snapshot()], [['base/metrics-refused', 3]]);
});

test('a full table keeps counting the names that it has', () => {
  const metrics = createMemoryMetrics();
  for (let index = 0; index < 3000; index += 1) metrics.count(`test/${index}`);
  metrics.count('test/0');
  assert.equal(metrics.snapshot().get('test/0'), 2);
  assert.equal(metrics.snapshot().get('base/metrics-refused'), 3000 - 1024);
});

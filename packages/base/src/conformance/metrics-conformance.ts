import type { Metrics } from '../ports/metrics.ts';
import { check, checkEqual } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** What every `Metrics` promises. */
export function metricsConformance(create: () => Metrics): readonly ConformanceCase[] {
  return [
    {
      name: 'metrics: counters add and gauges replace',
      async run() {
        const metrics = create();
        metrics.count('test/a');
        metrics.count('test/a');
        metrics.count('test/a', 5);
        metrics.gauge('test/b', 9);
        metrics.gauge('test/b', -2.5);
        const values = metrics.snapshot();
        checkEqual(values.get('test/a'), 7, 'the sum');
        checkEqual(values.get('test/b'), -2.5, 'the last value');
      },
    },
    {
      name: 'metrics: a snapshot is sorted by name and does not change later',
      async run() {
        const metrics = create();
        for (const name of ['test/c', 'test/a', 'test/b']) metrics.count(name);
        const values = metrics.snapshot();
        metrics.count('test/a');
        checkEqual([...values.keys()], ['test/a', 'test/b', 'test/c'], 'sorted');
        checkEqual(values.get('test/a'), 1, 'as it was');
      },
    },
    {
      name: 'metrics: mistakes neither throw nor reach the values',
      async run() {
        const metrics = create();
        metrics.count('test/a', 3);
        metrics.count('test/a', -1);
        metrics.count('test/a', Number.NaN);
        metrics.gauge('test/a', Number.POSITIVE_INFINITY);
        metrics.count('Not a name');
        checkEqual(metrics.snapshot().get('test/a'), 3, 'the value before');
        check(!metrics.snapshot().has('Not a name'), 'no such name');
      },
    },
    {
      name: 'metrics: the number of names is bounded',
      async run() {
        const metrics = create();
        for (let index = 0; index < 20_000; index += 1) metrics.count(`test/${index}`);
        check(metrics.snapshot().size <= 5000, 'at most a few thousand names');
      },
    },
  ];
}

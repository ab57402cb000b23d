import type { Clock } from '../ports/clock.ts';
import { check } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** What every `Clock` promises. */
export function clockConformance(create: () => Clock): readonly ConformanceCase[] {
  return [
    {
      name: 'clock: the wall clock is milliseconds of this century',
      async run() {
        const now = create().nowMs();
        check(now > 1_577_836_800_000 && now < 4_102_444_800_000, 'between 2020 and 2100');
      },
    },
    {
      name: 'clock: monotonic time is finite and never goes back',
      async run() {
        const clock = create();
        let last = clock.monotonicMs();
        check(Number.isFinite(last), 'a finite number');
        for (let read = 0; read < 10_000; read += 1) {
          const now = clock.monotonicMs();
          check(now >= last, 'not before the reading before');
          last = now;
        }
      },
    },
  ];
}

import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockConformance, schedulerConformance } from '@pars/base/conformance';
import { browserClock, browserScheduler } from './browser-timers.ts';

// The same globals exist here; what they promise is the same.
describe('clock and timers of a page', () => {
  const elapse = (ms: number) => sleep(ms);
  for (const { name, run } of clockConformance(() => browserClock)) test(name, run);
  for (const { name, run } of schedulerConformance(() => ({
    scheduler: browserScheduler,
    clock: browserClock,
    elapse,
  }))) {
    test(name, run);
  }
});

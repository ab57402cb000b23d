import type { Clock } from '../ports/clock.ts';
import type { Cancel, Scheduler } from '../ports/scheduler.ts';
import { check, checkEqual, checkRejects } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** A scheduler and the means to let its time pass. */
export interface SchedulerSubject {
  readonly scheduler: Scheduler;
  /** The clock that the scheduler follows. */
  readonly clock: Clock;
  /** Lets at least `ms` milliseconds pass; what was due by then has run afterwards. */
  readonly elapse: (ms: number) => Promise<void>;
}

/** What every `Scheduler` promises. */
export function schedulerConformance(create: () => SchedulerSubject): readonly ConformanceCase[] {
  return [
    {
      name: 'scheduler: a task runs once, not before its time and never inside schedule',
      async run() {
        const { scheduler, clock, elapse } = create();
        const start = clock.monotonicMs();
        const ranAt: number[] = [];
        scheduler.schedule(0, () => ranAt.push(0));
        scheduler.schedule(10, () => ranAt.push(clock.monotonicMs() - start));
        checkEqual(ranAt, [], 'nothing runs inside schedule');
        await elapse(30);
        await elapse(30);
        checkEqual(ranAt.length, 2, 'each task ran once');
        // Clocks may be read with less resolution than timers have.
        check((ranAt[1] ?? 0) >= 9, 'not before its delay');
      },
    },
    {
      name: 'scheduler: tasks that are due together run in the order scheduled',
      async run() {
        const { scheduler, elapse } = create();
        const order: number[] = [];
        for (let index = 0; index < 20; index += 1) {
          scheduler.schedule(5, () => order.push(index));
        }
        await elapse(20);
        checkEqual(order, [...order.keys()], 'the order scheduled');
        checkEqual(order.length, 20, 'all of them ran');
      },
    },
    {
      name: 'scheduler: a cancelled task does not run; cancelling late or twice does nothing',
      async run() {
        const { scheduler, elapse } = create();
        const ran: string[] = [];
        const cancelFirst = scheduler.schedule(5, () => ran.push('first'));
        const cancelSecond = scheduler.schedule(5, () => ran.push('second'));
        cancelFirst();
        cancelFirst();
        await elapse(20);
        cancelSecond();
        checkEqual(ran, ['second'], 'only the task that was not cancelled');
      },
    },
    {
      name: 'scheduler: a task can schedule another and cancel one that is due with it',
      async run() {
        const { scheduler, elapse } = create();
        const ran: string[] = [];
        const cancels: Cancel[] = [];
        scheduler.schedule(5, () => {
          for (const cancel of cancels) cancel();
          scheduler.schedule(1, () => ran.push('inner'));
        });
        cancels.push(scheduler.schedule(5, () => ran.push('cancelled')));
        await elapse(30);
        checkEqual(ran, ['inner'], 'the inner task and not the cancelled one');
      },
    },
    {
      name: 'scheduler: sleep resolves after its delay',
      async run() {
        const { scheduler, elapse } = create();
        let awake = false;
        const sleeping = scheduler.sleep(5).then(() => {
          awake = true;
        });
        check(!awake, 'not at once');
        await elapse(20);
        await sleeping;
        check(awake, 'afterwards');
      },
    },
    {
      name: 'scheduler: an aborted sleep rejects with the reason, before it and during it',
      async run() {
        const { scheduler } = create();
        const reason = new Error('enough');
        const before = await checkRejects(
          () => scheduler.sleep(60_000, AbortSignal.abort(reason)),
          'rejects when aborted before',
        );
        check(before === reason, 'with the reason');
        const controller = new AbortController();
        const sleeping = scheduler.sleep(60_000, controller.signal);
        controller.abort(reason);
        const during = await checkRejects(() => sleeping, 'rejects when aborted during it');
        check(during === reason, 'with the reason');
      },
    },
    {
      name: 'scheduler: delays from 0 to 2^31-1 are taken, others refused',
      async run() {
        const { scheduler, elapse } = create();
        let ran = false;
        const cancel = scheduler.schedule(2 ** 31 - 1, () => {
          ran = true;
        });
        for (const delayMs of [-1, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY]) {
          await checkRejects(() => scheduler.schedule(delayMs, () => {}), `refuses ${delayMs}`);
        }
        await elapse(10);
        check(!ran, 'the longest delay does not wrap around to now');
        cancel();
      },
    },
  ];
}

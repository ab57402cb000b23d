import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParsError } from '../pars-error.ts';
import { createVirtualTime } from './virtual-time.ts';

describe('virtual time', () => {
  test('stands still until it is told to move', async () => {
    const { clock, advance } = createVirtualTime({ startMs: 1000 });
    assert.equal(clock.nowMs(), 1000);
    await advance(250);
    assert.deepEqual([clock.nowMs(), clock.monotonicMs()], [1250, 250]);
  });

  test('every task sees its own time, and new tasks due on the way run as well', async () => {
    const { clock, scheduler, advance } = createVirtualTime();
    const seen: [string, number][] = [];
    const note = (name: string) => seen.push([name, clock.monotonicMs()]);
    scheduler.schedule(30, () => note('c'));
    scheduler.schedule(10, () => {
      note('a');
      scheduler.schedule(5, () => note('b'));
      scheduler.schedule(100, () => note('never'));
    });
    await advance(40);
    assert.deepEqual(seen, [
      ['a', 10],
      ['b', 15],
      ['c', 30],
    ]);
    assert.equal(clock.monotonicMs(), 40);
  });

  test('promises settle between two tasks', async () => {
    const { clock, scheduler, advance } = createVirtualTime();
    const seen: number[] = [];
    const work = async () => {
      for (let step = 0; step < 3; step += 1) {
        await scheduler.sleep(10);
        seen.push(clock.monotonicMs());
      }
    };
    const working = work();
    await advance(100);
    await working;
    assert.deepEqual(seen, [10, 20, 30]);
  });

  test('runUntilIdle jumps over the gaps and stops what never ends', async () => {
    const { clock, scheduler, runUntilIdle } = createVirtualTime();
    let ran = 0;
    scheduler.schedule(1_000_000_000, () => {
      ran += 1;
      scheduler.schedule(1_000_000_000, () => {
        ran += 1;
      });
    });
    await runUntilIdle();
    assert.deepEqual([ran, clock.monotonicMs()], [2, 2_000_000_000]);
    const forEver = () => void scheduler.schedule(1, forEver);
    forEver();
    await assert.rejects(runUntilIdle({ maxTasks: 50 }), isCode('base/never-idle'));
  });

  test('counts what is pending; late cancellations change nothing', async () => {
    const time = createVirtualTime();
    const cancelFirst = time.scheduler.schedule(1, () => {});
    const cancelSecond = time.scheduler.schedule(2, () => {});
    assert.equal(time.pendingCount, 2);
    cancelSecond();
    cancelSecond();
    assert.equal(time.pendingCount, 1);
    await time.advance(5);
    cancelFirst();
    assert.equal(time.pendingCount, 0);
  });

  test('an aborted sleep leaves nothing pending', async () => {
    const time = createVirtualTime();
    const controller = new AbortController();
    const sleeping = time.scheduler.sleep(10, controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(sleeping, /enough/);
    assert.equal(time.pendingCount, 0);
  });

  test('what a task throws is thrown by advance, and time can go on', async () => {
    const { scheduler, advance } = createVirtualTime();
    let ran = false;
    scheduler.schedule(1, () => {
      throw new Error('broken task');
    });
    scheduler.schedule(2, () => {
      ran = true;
    });
    await assert.rejects(advance(5), /broken task/);
    await advance(5);
    assert.ok(ran);
  });

  test('the wall clock can jump, the monotonic one does not', async () => {
    const { clock, jumpWallClock } = createVirtualTime({ startMs: 1000 });
    jumpWallClock(-600);
    assert.deepEqual([clock.nowMs(), clock.monotonicMs()], [400, 0]);
  });

  test('time does not go back', async () => {
    await assert.rejects(createVirtualTime().advance(-1), ParsError);
    await assert.rejects(createVirtualTime().advance(Number.NaN), ParsError);
  });
});

function isCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ParsError && error.code === code;
}

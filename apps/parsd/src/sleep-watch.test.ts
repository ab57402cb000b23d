import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tellsOfSleep, watchSleep } from './sleep-watch.ts';
import { startFakeBus } from './system-bus-fixture.ts';

const LOGIND = 'org.freedesktop.login1';
const ROOT = '/org/freedesktop/login1';

describe('sleep', () => {
  test('is told by two signals of logind and by nothing else', () => {
    for (const [line, expected] of [
      [`${ROOT}: ${LOGIND}.Manager.PrepareForSleep (true,)`, true],
      [`${ROOT}: ${LOGIND}.Manager.PrepareForSleep (false,)`, false],
      [`${ROOT}/session/_31: ${LOGIND}.Session.Lock ()`, true],
      [`${ROOT}/session/c2: ${LOGIND}.Session.Lock ()`, true],
      [`${ROOT}/session/c2: ${LOGIND}.Session.Unlock ()`, false],
      [`/elsewhere: ${LOGIND}.Manager.PrepareForSleep (true,)`, false],
      ['The name org.freedesktop.login1 is owned by :1.0', false],
    ] as const) {
      assert.equal(tellsOfSleep(line), expected, line);
    }
  });

  test('is heard from logind on the system bus, and from nobody who only says so', {
    skip: noBus(),
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pars-bus-'));
    const before = process.env['DBUS_SYSTEM_BUS_ADDRESS'];
    try {
      await using bus = await startFakeBus(folder);
      process.env['DBUS_SYSTEM_BUS_ADDRESS'] = bus.address;
      using impostor = await bus.join();
      using logind = await bus.join(LOGIND);
      let count = 0;
      using watch = watchSleep(() => {
        count += 1;
      });
      assert.equal(watch.isWatching, true);
      // Its program takes a while to listen.
      while (count === 0) {
        impostor.emit(ROOT, `${LOGIND}.Manager`, 'PrepareForSleep', false);
        logind.emit(ROOT, `${LOGIND}.Manager`, 'PrepareForSleep', true);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const heard = await settled(() => count);
      impostor.emit(ROOT, `${LOGIND}.Manager`, 'PrepareForSleep', true);
      logind.emit(ROOT, `${LOGIND}.Manager`, 'PrepareForSleep', false);
      logind.emit(`${ROOT}/session/_31`, `${LOGIND}.Session`, 'Lock');
      while (count === heard) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(await settled(() => count), heard + 1);
    } finally {
      if (before === undefined) delete process.env['DBUS_SYSTEM_BUS_ADDRESS'];
      else process.env['DBUS_SYSTEM_BUS_ADDRESS'] = before;
      await rm(folder, { recursive: true });
    }
  });

  test('is not watched for where the machine has no way to tell', () => {
    const before = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      using watch = watchSleep(() => undefined);
      assert.equal(watch.isWatching, false);
    } finally {
      process.env['PATH'] = before;
    }
  });
});

/** The value once nothing has changed it for a while. */
async function settled(read: () => number): Promise<number> {
  for (;;) {
    const before = read();
    await new Promise((resolve) => setTimeout(resolve, 150));
    if (read() === before) return before;
  }
}

function noBus(): string | false {
  const absent = ['dbus-daemon', 'gdbus'].find((name) => spawnSync('which', [name]).status !== 0);
  return absent === undefined ? false : `no ${absent} on this machine`;
}

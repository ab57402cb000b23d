import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { silentMesh } from './mesh-options.ts';
import { optionsFromArgs } from './options.ts';
import { VERSION } from './version.ts';

describe('options', () => {
  test('lock the vault after so many minutes, or never', () => {
    const minutesOf = (...args: readonly string[]) => {
      const read = optionsFromArgs(args);
      return read.ok ? read.value.idleLockMinutes : read.error.meta?.['option'];
    };
    assert.equal(minutesOf('--idle-lock', '1440'), 1_440);
    assert.equal(minutesOf('--stay-unlocked'), 0);
    for (const wrong of ['0', '1441', '-1', '1.5', 'soon']) {
      assert.equal(minutesOf(`--idle-lock=${wrong}`), 'idle-lock', wrong);
    }
    assert.equal(minutesOf('--idle-lock', '5', '--stay-unlocked'), 'idle-lock');
  });

  test('default to a desktop that is found in its network, on free ports', () => {
    assert.deepEqual(unwrap(optionsFromArgs([])), {
      listen: [],
      rpcPort: 0,
      sitePort: 0,
      mesh: { ...silentMesh, lan: true, watchesSticks: true },
      logLevel: 'warn',
      json: false,
    });
  });

  test('are all read', () => {
    const args =
      '--data-dir d --listen /a --listen /b --rpc-port 80 --site s --site-port 81 --password-file p --json';
    assert.deepEqual(unwrap(optionsFromArgs([...args.split(' '), '--log-level', 'debug'])), {
      dataDir: 'd',
      listen: ['/a', '/b'],
      rpcPort: 80,
      site: 's',
      sitePort: 81,
      mesh: { ...silentMesh, lan: true, watchesSticks: true },
      passwordFile: 'p',
      logLevel: 'debug',
      json: true,
    });
  });

  test('of the mesh are all read', () => {
    const args =
      '--role relay --lan off --announce /ip4/9.9.9.9/tcp/1 --behind-proxy --offer-relay --relay /r --metered ' +
      '--radio /dev/ttyX --radio-key k --radio-baud 19200 --radio-air 9600 --radio-duty 50 ' +
      '--watch w --no-sticks --metrics-port 0';
    assert.deepEqual(unwrap(optionsFromArgs(args.split(' '))).mesh, {
      role: 'relay',
      lan: false,
      announce: ['/ip4/9.9.9.9/tcp/1'],
      isBehindProxy: true,
      relays: ['/r'],
      offersRelay: true,
      isMetered: true,
      radio: {
        device: '/dev/ttyX',
        keyFile: 'k',
        baudRate: 19_200,
        airRate: 9_600,
        dutyCycle: 0.5,
      },
      watch: ['w'],
      watchesSticks: false,
      metricsPort: 0,
    });
  });

  for (const [args, option] of [
    [['--role', 'boss'], 'role'],
    [['--lan', 'maybe'], 'lan'],
    [['--radio', '/dev/ttyX'], 'radio-key'],
    [['--radio-duty', '0'], 'radio-duty'],
    [['--radio-air', '99'], 'radio-air'],
    [['--metrics-port', '65536'], 'metrics-port'],
    [['--rpc-port', '-1'], 'rpc-port'],
    [['--rpc-port', '65536'], 'rpc-port'],
    [['--rpc-port', '0x50'], 'rpc-port'],
    [['--site-port', 'x'], 'site-port'],
    [['--log-level', 'verbose'], 'log-level'],
    [['--password', 'hunter2'], 'password'],
    [['--data-dir'], 'data-dir'],
    [['hunter2'], 'unknown'],
  ] as const) {
    test(`${args.join(' ')} is refused without repeating values`, () => {
      const refused = optionsFromArgs(args);
      assert.deepEqual(refused, {
        ok: false,
        error: { code: 'parsd/bad-option', meta: { option } },
      });
    });
  }
});

test('the version is the one of the package', async () => {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  assert.equal((JSON.parse(text) as { version: string }).version, VERSION);
});

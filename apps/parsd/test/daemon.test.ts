import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createPlayground, type NodeProcess, type Playground } from './node-processes.ts';

describe('a daemon', () => {
  let playground: Playground;
  let folder = '';
  let node: NodeProcess;

  before(async () => {
    playground = await createPlayground();
    folder = playground.folder('node');
    node = await playground.startNode(folder);
  });
  after(() => playground[Symbol.asyncDispose]());

  test('keeps everything for its owner alone', async () => {
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      assert.equal(mode & 0o077, 0, entry.name);
    }
  });

  test('a second one on the same folder ends with 7 and disturbs nothing', async () => {
    const second = await playground.runNode(['--data-dir', folder]);
    assert.equal(second.code, 7);
    assert.match(second.stderr, /data-folder\/in-use/);
    assert.equal((await playground.pars(folder, ['node', 'status'])).code, 0);
  });

  test('of two that start at once, one runs', async () => {
    const contested = playground.folder('contested');
    const starts = await Promise.allSettled([
      playground.startNode(contested),
      playground.startNode(contested),
    ]);
    const running = starts.filter(({ status }) => status === 'fulfilled');
    assert.equal(running.length, 1);
  });

  test('answers status with one object under --json', async () => {
    const { code, stdout } = await playground.pars(folder, ['node', 'status', '--json']);
    const status = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(code, 0);
    assert.equal(status['schemaVersion'], 1);
    assert.equal(status['suite'], 1);
    assert.equal(status['nodeId'], node.ready.nodeId);
    assert.equal(status['vault'], 'none');
    assert.equal(status['identity'], 'locked');
  });

  test('the doctor finds it well', async () => {
    const { stdout, code } = await playground.pars(folder, ['doctor', '--json']);
    assert.equal(code, 0, 'that nobody was created yet is no fault');
    const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean }[] };
    for (const name of [
      ...['runtime', 'data-folder', 'disk', 'clock', 'daemon', 'version', 'suite'],
      'memory-dumps',
    ]) {
      assert.equal(checks.find((check) => check.name === name)?.ok, true, name);
    }
  });

  test('serves the WebSocket on loopback and refuses a foreign page', async () => {
    const { webSocket } = node.ready;
    assert.match(webSocket, /^ws:\/\/127\.0\.0\.1:\d+\/api$/);
    const origin = webSocket.replace('ws:', 'http:').replace('/api', '');
    assert.equal((await fetch(origin)).status, 404);
  });

  test('does not let a page fill its log', async () => {
    const { port } = new URL(node.ready.webSocket);
    const knock = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const headers = {
          connection: 'Upgrade',
          upgrade: 'websocket',
          origin: 'http://evil.example',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        };
        request({ host: '127.0.0.1', port, path: '/api', headers })
          .on('response', (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    for (let count = 0; count < 40; count += 1) assert.equal(await knock(), 403);
    const lines = node.logged().split('\n');
    const refusals = lines.filter((line) => line.includes('foreign-origin'));
    assert.ok(refusals.length > 0 && refusals.length <= 8, `${refusals.length} lines`);
  });

  test('commands end with the code of their failure', async () => {
    const nowhere = playground.folder('nowhere');
    for (const [expected, args, where] of [
      [2, ['node', 'explode'], folder],
      [2, ['chat', 'read', '--limit', '0'], folder],
      [5, ['id', 'create', '--name', 'A'], folder],
      [2, ['vault', 'unlock'], folder],
      [2, ['mesh', 'dial', 'nonsense'], folder],
      [3, ['node', 'status'], nowhere],
      [3, ['doctor'], nowhere],
      [4, ['id', 'show'], folder],
      [6, ['mesh', 'dial', unreachable(node.ready.addresses)], folder],
    ] as const) {
      const { code, stderr } = await playground.pars(where, args);
      assert.equal(code, expected, `${args.join(' ')}: ${stderr}`);
    }
  });

  test('a vault and an identity are made once, locked and unlocked', async () => {
    const create = ['vault', 'create', '--keeper', 'file', '--json'];
    const made = await playground.pars(folder, create, 'first password\nsecond\nthird\n');
    assert.equal(made.code, 0, made.stderr);
    assert.equal((JSON.parse(made.stdout) as { keeper: string }).keeper, 'file');
    assert.equal((await playground.pars(folder, create, 'other\n')).code, 7);
    const person = ['id', 'create', '--name', 'Adeleh Kasravi', '--json'];
    assert.equal((await playground.pars(folder, person)).code, 4);
    assert.equal((await playground.pars(folder, ['vault', 'unlock'], 'first password\n')).code, 0);
    assert.equal((await playground.pars(folder, person)).code, 0);
    assert.equal((await playground.pars(folder, person)).code, 7);
    assert.equal((await playground.pars(folder, ['vault', 'lock'])).code, 0);
    assert.equal((await playground.pars(folder, ['contact', 'list'])).code, 4);
    assert.equal((await playground.pars(folder, ['vault', 'unlock'], 'wrong\n')).code, 4);
    const passwordFile = playground.folder('password');
    await writeFile(passwordFile, 'first password\n');
    const unlock = ['vault', 'unlock', '--password-file', passwordFile];
    assert.equal((await playground.pars(folder, unlock)).code, 0);
    assert.equal((await playground.pars(folder, ['chat', 'send', 'Nobody', 'x'])).code, 5);
    assert.equal((await playground.pars(folder, ['vault', 'check'])).code, 0);
  });

  test('passwords are changed, and the vault moves into a larger one', async () => {
    const passwd = ['vault', 'passwd'];
    const next = 'first password\nsecond\n';
    assert.equal((await playground.pars(folder, passwd, `first password\n${next}`)).code, 2);
    const changed = await playground.pars(folder, passwd, `second\n${next}third\n`);
    assert.equal(changed.code, 0, changed.stderr);
    const grown = await playground.pars(folder, ['vault', 'grow'], `second\n${next}`);
    assert.equal(grown.code, 0, grown.stderr);
    const { stdout } = await playground.pars(folder, ['vault', 'status', '--json']);
    assert.equal((JSON.parse(stdout) as { tier: string }).tier, 'L');
    assert.equal((await playground.pars(folder, ['vault', 'unlock'], 'third\n')).code, 4);
    const unlocked = await playground.pars(folder, ['vault', 'unlock'], 'first password\n');
    assert.equal(unlocked.code, 0, unlocked.stderr);
    assert.match((await playground.pars(folder, ['id', 'show'])).stdout, /Adeleh Kasravi/);
  });

  test('locks on SIGUSR2, opens no debugger on SIGUSR1, and carries on', async () => {
    node.process.kill('SIGUSR2');
    for (;;) {
      const { stdout } = await playground.pars(folder, ['node', 'status', '--json']);
      const { vault } = JSON.parse(stdout) as { readonly vault: string };
      if (vault === 'locked') break;
    }
    node.process.kill('SIGUSR1');
    assert.equal((await playground.pars(folder, ['node', 'status'])).code, 0);
    assert.doesNotMatch(node.logged(), /[Dd]ebugger/);
  });

  test('stops when asked, and the folder is free when the command returns', async () => {
    const exited = node.end('SIGCONT');
    assert.equal((await playground.pars(folder, ['node', 'stop'])).code, 0);
    assert.equal(await exited, 0);
    await assert.rejects(stat(node.ready.socket));
  });

  test('a password file unlocks at start; a wrong one ends with 4', async () => {
    const passwordFile = playground.folder('password');
    await writeFile(passwordFile, 'first password\n');
    node = await playground.startNode(folder, ['--password-file', passwordFile]);
    const shown = await playground.pars(folder, ['id', 'show', '--json']);
    assert.equal((JSON.parse(shown.stdout) as { name: string }).name, 'Adeleh Kasravi');
    assert.equal(await node.end('SIGINT'), 0);
    await writeFile(passwordFile, 'guess\n');
    const args = ['--data-dir', folder, '--password-file', passwordFile];
    const refused = await playground.runNode(args, 'small vault');
    assert.equal(refused.code, 4);
    assert.doesNotMatch(refused.stderr, /guess/);
  });

  test('no file holds the password, the phrase or the name', async () => {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const content = await readFile(join(entry.parentPath, entry.name), 'latin1');
      assert.doesNotMatch(content, /first password|Adeleh/, entry.name);
    }
  });
});

describe('a daemon that cannot start', () => {
  let playground: Playground;
  before(async () => {
    playground = await createPlayground();
  });
  after(() => playground[Symbol.asyncDispose]());

  test('says what is wrong and ends with its code', async () => {
    const open = playground.folder('open');
    await mkdir(open, { mode: 0o755 });
    await writeFile(join(open, 'diary.txt'), '');
    const damaged = playground.folder('damaged');
    await mkdir(damaged, { mode: 0o700 });
    await writeFile(join(damaged, 'api-token'), 'x', { mode: 0o600 });
    const noDatabase = playground.folder('no-database');
    await mkdir(noDatabase, { mode: 0o700 });
    await writeFile(join(noDatabase, 'node.sqlite'), 'this was a database once', { mode: 0o600 });
    const noLock = playground.folder('no-lock');
    await mkdir(noLock, { mode: 0o700 });
    await writeFile(join(noLock, 'lock'), 'this was a database once', { mode: 0o600 });
    const noFolder = playground.folder('no-folder');
    await mkdir(noFolder, { mode: 0o700 });
    await writeFile(join(noFolder, 'blobs'), '', { mode: 0o600 });
    for (const [expected, reason, args] of [
      [2, 'parsd/bad-option', ['--bogus']],
      [2, 'parsd/bad-option', ['--rpc-port', '65536']],
      [2, 'parsd/bad-option', ['--log-level', 'loud']],
      [2, 'parsd/bad-option', ['--idle-lock', '0']],
      [1, 'data-folder/too-open', ['--data-dir', open]],
      [1, 'rpc/bad-token-file', ['--data-dir', damaged]],
      [1, 'data-folder/damaged', ['--data-dir', noDatabase]],
      [1, 'data-folder/damaged', ['--data-dir', noLock]],
      [1, 'data-folder/unusable', ['--data-dir', noFolder]],
      [
        1,
        'parsd/cannot-listen reason=unusable-address',
        ['--data-dir', playground.folder('x'), '--listen', '/bogus'],
      ],
      [
        2,
        'parsd/bad-password-file',
        ['--data-dir', playground.folder('y'), '--password-file', playground.folder('none')],
      ],
    ] as const) {
      const { code, stderr, stdout } = await playground.runNode(args);
      assert.match(stderr, new RegExp(reason));
      assert.doesNotMatch(stderr, /a bug ended/);
      assert.equal(code, expected, reason);
      assert.equal(stdout, '');
    }
  });

  test('help and version are no failures', async () => {
    assert.match((await playground.runNode(['--help'])).stdout, /--data-dir/);
    assert.match((await playground.runNode(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

/** An address with a key that nobody here has, on a port where nobody listens. */
function unreachable(addresses: readonly string[]): string {
  return (addresses[0] ?? '').replace(/\/tcp\/\d+/, '/tcp/1');
}

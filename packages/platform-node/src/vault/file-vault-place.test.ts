import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { redact, unwrap, utf8ToBytes } from '@pars/base';
import type { FileVaultPlace } from './file-vault-place.ts';
import { inFolder } from './keeper-fixture.ts';
import { newPasswords, newVault, openPlace, smallMakers } from './vault-place-fixture.ts';

/** Programs of the system; a test without its own is skipped by name. */
const PROGRAMS = { limit: 'prlimit', mount: 'unshare' } as const;
const SIZE = { S: smallMakers.containerBytes('S'), L: smallMakers.containerBytes('L') };
const WHOLE = ['vault', 'vault-keeper', 'vault-secret'];

describe('a vault in a folder', () => {
  test('does not exist until it is made, and then has the same files as every other', async () => {
    await inFolder(async (folder) => {
      const place = await openPlace(folder);
      assert.deepEqual(await place.look(), { ok: true, value: undefined });
      assert.equal(await codeOfUnlock(place, 'decoy'), 'vault/none');
      assert.equal(codeOf(await place.changePasswords(newPasswords)), 'vault/none');
      assert.equal(codeOf(await place.move('L', newPasswords)), 'vault/none');
      unwrap(await place.create(newVault));
      assert.deepEqual((await readdir(folder)).toSorted(), WHOLE);
      for (const name of WHOLE) {
        const { mode } = await stat(join(folder, name));
        if (process.platform !== 'win32') assert.equal(mode & 0o777, 0o600, name);
      }
      assert.deepEqual(unwrap(await place.look()), {
        tier: 'S',
        diskBytes: SIZE.S,
        keeper: 'file',
      });
      assert.equal(codeOf(await place.create(newVault)), 'vault/exists');
    });
  });

  test('opens with each of its passwords, and with none of others', async () => {
    await inFolder(async (folder) => {
      unwrap(await (await openPlace(folder)).create(newVault));
      const place = await openPlace(folder);
      for (const password of ['decoy', 'hidden']) {
        assert.equal(await codeOfUnlock(place, password), password);
      }
      assert.equal(await codeOfUnlock(place, 'guess'), 'vault/wrong-password');
      assert.equal(await codeOfUnlock(place, 'duress'), 'duress');
      assert.equal(await codeOfUnlock(place, 'hidden'), 'vault/wrong-password');
    });
  });

  test('changes its passwords, and moves into a larger container', async () => {
    await inFolder(async (folder) => {
      const place = await openPlace(folder);
      unwrap(await place.create(newVault));
      unwrap(await place.changePasswords(newPasswords));
      assert.equal(await codeOfUnlock(place, 'hidden'), 'vault/wrong-password');
      assert.equal(await codeOfUnlock(place, 'hidden2'), 'hidden');
      const { next } = newPasswords;
      const current = redact(utf8ToBytes('hidden2'));
      assert.deepEqual(unwrap(await place.move('L', { current, next })), {
        isOldSecretErased: true,
        isOldDestroyed: true,
      });
      assert.deepEqual((await readdir(folder)).toSorted(), WHOLE);
      assert.equal(unwrap(await place.look())?.tier, 'L');
      assert.equal(await codeOfUnlock(place, 'hidden2'), 'hidden');
      assert.equal(codeOf(await place.move('S', { current, next })), 'vault/bad-size');
    });
  });

  test('a move that may not be leaves everything as it was', async () => {
    await inFolder(async (folder) => {
      const place = await openPlace(folder);
      unwrap(await place.create(newVault));
      const { next } = newPasswords;
      for (const [current, code] of [
        ['decoy', 'vault/hidden-password-needed'],
        ['guess', 'vault/wrong-password'],
      ] as const) {
        const change = { current: redact(utf8ToBytes(current)), next };
        assert.equal(codeOf(await place.move('L', change)), code);
        assert.deepEqual((await readdir(folder)).toSorted(), WHOLE);
      }
      assert.equal(await codeOfUnlock(place, 'hidden'), 'hidden');
    });
  });
});

describe('a panic', () => {
  test('takes E alone, and the decoy opens as after duress', async () => {
    await inFolder(async (folder) => {
      const place = await openPlace(folder);
      unwrap(await place.create(newVault));
      const vault = unwrap(await place.unlock({ password: redact(utf8ToBytes('hidden')) }));
      const outcome = await place.panic({ vault, everything: false });
      assert.deepEqual(outcome, { isSecretDestroyed: true, areMediaRandom: true });
      assert.equal(vault.isLocked, true);
      assert.deepEqual((await readdir(folder)).toSorted(), WHOLE);
      assert.equal(await codeOfUnlock(place, 'hidden'), 'vault/wrong-password');
      assert.equal(await codeOfUnlock(place, 'decoy'), 'decoy');
    });
  });

  test('takes everything, and another vault can be made', async () => {
    await inFolder(async (folder) => {
      const place = await openPlace(folder);
      unwrap(await place.create(newVault));
      const vault = unwrap(await place.unlock({ password: redact(utf8ToBytes('hidden')) }));
      const outcome = await place.panic({ vault, everything: true });
      assert.deepEqual(outcome, { isSecretDestroyed: true, areMediaRandom: true });
      assert.deepEqual(await readdir(folder), ['vault-panic']);
      assert.equal(await place.isPanicUnfinished(), true);
      await place.endPanic();
      assert.deepEqual(await readdir(folder), []);
      unwrap(await place.create(newVault));
      assert.equal(await codeOfUnlock(place, 'hidden'), 'hidden');
    });
  });

  test('works without a vault, and in the middle of a creation and a move', async () => {
    await inFolder(async (folder) => {
      const place = await openPlace(folder);
      const calm = { isSecretDestroyed: true, areMediaRandom: true };
      assert.deepEqual(await place.panic({ vault: undefined, everything: true }), calm);
      await place.endPanic();
      const creating = place.create(newVault);
      await untilThere(join(folder, 'vault-unfinished'));
      await place.panic({ vault: undefined, everything: true });
      assert.equal((await creating).ok, false);
      assert.deepEqual(await readdir(folder), ['vault-panic']);

      unwrap(await place.create(newVault));
      const moving = place.move('L', newPasswords);
      await untilThere(join(folder, 'vault-unfinished'));
      await place.panic({ vault: undefined, everything: true });
      assert.equal((await moving).ok, false);
      assert.deepEqual(await readdir(folder), ['vault-panic']);
    });
  });

  test('that was cut off goes on at the next start', async () => {
    await inFolder(async (folder) => {
      unwrap(await (await openPlace(folder)).create(newVault));
      // As if the power had failed after the mark.
      await writeFile(join(folder, 'vault-panic'), '', { mode: 0o600 });
      const place = await openPlace(folder);
      assert.deepEqual(await readdir(folder), ['vault-panic']);
      assert.equal(await place.isPanicUnfinished(), true);
      assert.deepEqual(await place.look(), { ok: true, value: undefined });
    });
  });
});

describe('what a crash leaves', () => {
  test('of a creation is nothing, whatever step it reached', async () => {
    for (const kept of [
      ['vault-keeper-unfinished'],
      ['vault-keeper-unfinished', 'vault-unfinished'],
      ['vault-keeper-unfinished', 'vault-unfinished', 'vault-secret'],
      ['vault-keeper-unfinished', 'vault', 'vault-secret'],
    ]) {
      await inFolder(async (folder) => {
        unwrap(await (await openPlace(folder)).create(newVault));
        await rename(join(folder, 'vault-keeper'), join(folder, 'vault-keeper-unfinished'));
        if (kept.includes('vault-unfinished'))
          await rename(join(folder, 'vault'), join(folder, 'vault-unfinished'));
        for (const name of await readdir(folder)) {
          if (!kept.includes(name)) await rm(join(folder, name));
        }
        const place = await openPlace(folder);
        assert.deepEqual(await readdir(folder), [], kept.join());
        unwrap(await place.create(newVault));
      });
    }
  });

  test('of a move is the old vault or the new one', async () => {
    for (const [renames, password] of [
      [[], 'hidden'],
      [[['vault', 'vault-replaced']], 'other'],
    ] as const) {
      await inFolder(async (folder) => {
        const other = await mkdtemp(join(tmpdir(), 'pars-place-'));
        unwrap(
          await (await openPlace(other)).create({
            ...newVault,
            passwords: { decoy: redact(utf8ToBytes('other')) },
          }),
        );
        unwrap(await (await openPlace(folder)).create(newVault));
        await rename(join(other, 'vault'), join(folder, 'vault-unfinished'));
        await rm(other, { recursive: true });
        for (const [from, to] of renames) await rename(join(folder, from), join(folder, to));
        const place = await openPlace(folder);
        assert.deepEqual((await readdir(folder)).toSorted(), WHOLE);
        const kind = password === 'other' ? 'decoy' : password;
        assert.equal(await codeOfUnlock(place, password), kind);
      });
    }
    await inFolder(async (folder) => {
      unwrap(await (await openPlace(folder)).create(newVault));
      await rename(join(folder, 'vault'), join(folder, 'vault-replaced'));
      assert.equal(await codeOfUnlock(await openPlace(folder), 'hidden'), 'hidden');
    });
  });

  /** `PARS_KILL_ROUNDS=100` is the full size. */
  const rounds = Number(process.env['PARS_KILL_ROUNDS'] ?? 5);
  for (const role of ['create', 'move', 'panic'] as const) {
    test(`a process that is killed in the middle of a ${role}, ${rounds} times`, async () => {
      for (let round = 0; round < rounds; round += 1) {
        await inFolder(async (folder) => {
          if (role !== 'create') unwrap(await (await openPlace(folder)).create(newVault));
          const end = await killAfter(role, folder, (round * LONGEST_MS) / rounds);
          const place = await openPlace(folder);
          const names = (await readdir(folder)).toSorted();
          if (role === 'panic') {
            // Killed before the mark, after E; or at any time later.
            const isWhole = names.includes('vault');
            if (end === 'ok' || !isWhole) assert.deepEqual(names, ['vault-panic']);
            const kind = isWhole ? await codeOfUnlock(place, 'hidden') : 'hidden';
            assert.match(kind, /^(hidden|vault\/wrong-password)$/);
            return;
          }
          if (role === 'create' && names.length === 0) return assert.notEqual(end, 'ok');
          assert.deepEqual(names, WHOLE);
          const isNew = unwrap(await place.look())?.tier === 'L';
          const password = isNew ? 'hidden2' : 'hidden';
          assert.equal(await codeOfUnlock(place, password), 'hidden', `${end}, new: ${isNew}`);
        });
      }
    });
  }
});

describe('a vault that was tampered with is told, and nothing is made anew', () => {
  const cases: readonly (readonly [
    string,
    string,
    (path: (name: string) => string) => Promise<void>,
  ])[] = [
    ['a cut container', 'vault/bad-size', (path) => truncate(path('vault'), SIZE.S - 1)],
    ['an oversized container', 'vault/bad-size', (path) => truncate(path('vault'), SIZE.S + 1)],
    ['an empty container', 'vault/bad-size', (path) => truncate(path('vault'), 0)],
    ['a container that is gone', 'vault/medium-failed', (path) => rm(path('vault'))],
    [
      'a container that is a link',
      'vault/medium-failed',
      async (path) => {
        await rename(path('vault'), path('elsewhere'));
        await symlink(path('elsewhere'), path('vault'));
      },
    ],
    [
      'a container that others may read',
      'vault/medium-failed',
      (path) => chmod(path('vault'), 0o644),
    ],
    ['a note that is gone', 'vault/secret-unavailable', (path) => rm(path('vault-keeper'))],
    [
      'a note that is none',
      'vault/secret-unavailable',
      (path) => writeFile(path('vault-keeper'), 'file'),
    ],
    [
      'a note that names another keeper',
      'vault/secret-unavailable',
      (path) => writeFile(path('vault-keeper'), `${'tpm 0x01c00000'.padEnd(63)}\n`),
    ],
    ['a secret that is gone', 'vault/secret-unavailable', (path) => rm(path('vault-secret'))],
    [
      'a secret that is a link',
      'vault/secret-unavailable',
      async (path) => {
        await rename(path('vault-secret'), path('elsewhere'));
        await symlink(path('elsewhere'), path('vault-secret'));
      },
    ],
    [
      'a secret that was cut',
      'vault/secret-unavailable',
      (path) => truncate(path('vault-secret'), 63),
    ],
    [
      'a container of random bytes',
      'vault/wrong-password',
      (path) => writeFile(path('vault'), new Uint8Array(SIZE.S).fill(7)),
    ],
  ];
  for (const [name, code, damage] of cases) {
    test(name, async () => {
      await inFolder(async (folder) => {
        unwrap(await (await openPlace(folder)).create(newVault));
        await damage((file) => join(folder, file));
        const before = (await readdir(folder)).toSorted();
        const place = await openPlace(folder);
        assert.equal(await codeOfUnlock(place, 'hidden'), code);
        assert.equal(codeOf(await place.create(newVault)), 'vault/exists');
        assert.deepEqual((await readdir(folder)).toSorted(), before);
        await place.panic({ vault: undefined, everything: true });
        const left = (await readdir(folder)).filter((each) => each !== 'elsewhere');
        assert.deepEqual(left, ['vault-panic'], 'a panic takes it all the same');
      });
    });
  }

  test('a link in the place of a new file is not followed', async () => {
    await inFolder(async (folder) => {
      const victim = join(folder, 'victim');
      await writeFile(victim, 'somebody else', { mode: 0o600 });
      for (const name of ['vault-unfinished', 'vault-keeper-unfinished', 'vault-secret']) {
        await symlink(victim, join(folder, name));
        const place = await openPlace(folder);
        const created = await place.create(newVault);
        assert.equal(await readFile(victim, 'utf8'), 'somebody else', name);
        if (created.ok) await place.panic({ vault: undefined, everything: true });
        await rm(join(folder, name), { force: true });
      }
    });
  });
});

describe('a disk that is full', () => {
  test('is told before anything is written', { skip: noMount() }, async () => {
    const done = inSmallDisk('size=1m');
    assert.match(done, /begun\n\{"code":"vault\/no-room"\}\n$/);
  });

  test('in the middle leaves nothing', { skip: noLimit() }, async () => {
    await inFolder(async (folder) => {
      const done = spawnSync(
        PROGRAMS.limit,
        [`--fsize=${SIZE.S / 2}`, ...nodeArgs('create', folder)],
        {
          encoding: 'utf8',
        },
      );
      assert.match(done.stdout, /begun\n\{"code":"vault\/no-room"/, done.stderr);
      assert.deepEqual(await readdir(folder), []);
    });
  });
});

/** Longest time after which a process is killed; all three roles take less. */
const LONGEST_MS = 240;

function nodeArgs(role: string, folder: string): readonly string[] {
  const fixture = fileURLToPath(new URL('vault-place-fixture.ts', import.meta.url));
  return [process.execPath, '--conditions=pars-source', fixture, role, folder];
}

async function killAfter(role: string, folder: string, afterMs: number): Promise<string> {
  const [program = '', ...args] = nodeArgs(role, folder);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (text === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    text += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return text.includes('"ok"') ? 'ok' : 'killed';
}

function noMount(): string | false {
  const tried = spawnSync(PROGRAMS.mount, ['-m', 'mount', '-t', 'tmpfs', 'none', tmpdir()]);
  return tried.status === 0 ? false : 'this user may not mount a small disk';
}

function noLimit(): string | false {
  return spawnSync(PROGRAMS.limit, ['--version']).status === 0
    ? false
    : 'no prlimit on this machine';
}

/** Runs a creation on a disk of its own; its cache lies elsewhere. */
function inSmallDisk(options: string): string {
  const command = nodeArgs('create', '"$1"').map((part) => (part === '"$1"' ? part : `'${part}'`));
  const script = `mkdir -m 700 "$1" && mount -t tmpfs -o ${options},mode=700 none "$1" && ${command.join(' ')}`;
  const folder = join(tmpdir(), `pars-small-disk-${process.pid}`);
  try {
    return execFileSync(PROGRAMS.mount, ['-m', 'sh', '-c', script, 'sh', folder], {
      encoding: 'utf8',
    });
  } finally {
    execFileSync('rmdir', [folder]);
  }
}

async function codeOfUnlock(place: FileVaultPlace, password: string): Promise<string> {
  const unlocked = await place.unlock({ password: redact(utf8ToBytes(password)) });
  if (!unlocked.ok) return unlocked.error.code;
  const { kind } = unlocked.value;
  unwrap(await unlocked.value.lock());
  return kind;
}

function codeOf(result: {
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}): string {
  return result.ok ? 'ok' : (result.error?.code ?? '');
}

async function untilThere(path: string): Promise<void> {
  for (;;) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unwrap } from '@pars/base';
import { erasableSecretConformance } from '@pars/vault/conformance';
import { openFileSecret } from './file-secret.ts';
import { inFolder, missing, withEnvironment, withTpm } from './keeper-fixture.ts';
import type { KeptSecret } from './kept-secret.ts';
import { openKeyringSecret } from './keyring-secret.ts';
import { FIRST_TPM_INDEX, openTpmSecret } from './tpm-secret.ts';

// This file is also the process inside of a session with a keyring of its own.
const [, , role] = process.argv;
if (role === 'keyring-conformance') await runKeyringCases();
else {
  describe('E in a file', () => {
    test('keeps the promises of a keeper', async () => {
      await inFolder(async (folder) => {
        await runCases((name) => openFileSecret(join(folder, name)));
      });
    });

    test('is readable by its owner alone, and overwritten in its place', async () => {
      await inFolder(async (folder) => {
        const path = join(folder, 'secret');
        const secret = openFileSecret(path);
        unwrap(await secret.write(filled(1)));
        const before = await stat(path);
        unwrap(await secret.write(filled(2)));
        const after = await stat(path);
        assert.equal(after.ino, before.ino);
        assert.equal(after.size, 64);
        if (process.platform !== 'win32') assert.equal(after.mode & 0o777, 0o600);
      });
    });

    test('a cut file holds nothing, and a link leads nowhere', async () => {
      await inFolder(async (folder) => {
        const path = join(folder, 'secret');
        const secret = openFileSecret(path);
        unwrap(await secret.write(filled(1)));
        await truncate(path, 63);
        assert.equal(codeOf(await secret.read()), 'secret-keeper/nothing-there');
        const victim = join(folder, 'victim');
        await writeFile(victim, 'somebody else');
        await symlink(victim, join(folder, 'link'));
        const linked = openFileSecret(join(folder, 'link'));
        assert.equal(codeOf(await linked.read()), 'secret-keeper/unavailable');
        assert.equal(codeOf(await linked.write(filled(3))), 'secret-keeper/unavailable');
        assert.equal(codeOf(await linked.destroy()), 'secret-keeper/unavailable');
        assert.equal(await readFile(victim, 'utf8'), 'somebody else');
      });
    });
  });

  const noTpm = missing('swtpm', 'tpm2_nvdefine');
  describe('E in a TPM', () => {
    test('keeps the promises of a keeper', { skip: noTpm }, async () => {
      await withTpm(async () => {
        let index = FIRST_TPM_INDEX;
        const indexByName = new Map<string, number>();
        await runCases((name) => {
          const known = indexByName.get(name) ?? (index += 1);
          indexByName.set(name, known);
          return openTpmSecret(known);
        });
      });
    });

    test('a machine without one says so at once', async () => {
      await withEnvironment({ TPM2TOOLS_TCTI: 'device:/dev/null' }, async () => {
        const secret = openTpmSecret(FIRST_TPM_INDEX);
        assert.equal(codeOf(await secret.read()), 'secret-keeper/unavailable');
        assert.equal(codeOf(await secret.write(filled(1))), 'secret-keeper/unavailable');
        assert.equal(codeOf(await secret.destroy()), 'secret-keeper/unavailable');
      });
    });

    test('takes no index that belongs to others', () => {
      assert.throws(() => openTpmSecret(FIRST_TPM_INDEX - 1), { code: 'base/argument' });
    });
  });

  const noKeyring = missing('gnome-keyring-daemon', 'dbus-run-session');
  describe('E in the keyring', () => {
    test('keeps the promises of a keeper', { skip: noKeyring }, async () => {
      await inFolder(async (folder) => {
        const start = [
          'echo -n password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;',
          'exec "$0" --conditions=pars-source "$1" keyring-conformance',
        ].join(' ');
        const { stdout } = await promisify(execFile)(
          'dbus-run-session',
          ['--', 'sh', '-c', start, process.execPath, fileURLToPath(import.meta.url)],
          { env: { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder } },
        );
        assert.match(stdout, /every case passed/);
      });
    });

    test('a session without one says so', {
      skip: process.platform !== 'linux' && 'every other system has one',
    }, async () => {
      await withEnvironment({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }, async () => {
        const secret = openKeyringSecret('test');
        assert.equal(codeOf(await secret.read()), 'secret-keeper/unavailable');
        assert.equal(codeOf(await secret.write(filled(1))), 'secret-keeper/unavailable');
      });
    });
  });
}

async function runKeyringCases(): Promise<void> {
  await runCases((name) => openKeyringSecret(name));
  process.stdout.write('every case passed\n');
}

/** The suite, and what every keeper on this machine does beyond it. */
async function runCases(open: (name: string) => KeptSecret): Promise<void> {
  let names = 0;
  const nameBySecret = new Map<unknown, string>();
  const suite = erasableSecretConformance({
    async create() {
      names += 1;
      const secret = open(`secret-${names}`);
      nameBySecret.set(secret, `secret-${names}`);
      return secret;
    },
    reopen: async (secret) => open(nameBySecret.get(secret) ?? ''),
  });
  for (const { run } of suite) await run();

  const secret = open('last');
  assert.equal((await secret.read()).ok, false, 'nothing at first');
  unwrap(await secret.write(filled(7)));
  unwrap(await secret.destroy());
  assert.equal((await secret.read()).ok, false, 'nothing afterwards');
  await assert.rejects(secret.write(new Uint8Array(63)), { code: 'base/argument' });
  assert.equal((await secret.read()).ok, false, 'nothing was written');
}

function filled(value: number): Uint8Array {
  return new Uint8Array(64).fill(value);
}

function codeOf(result: {
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}): string {
  return result.ok ? 'ok' : (result.error?.code ?? '');
}

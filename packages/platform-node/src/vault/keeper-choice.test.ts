import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { redact, unwrap, utf8ToBytes } from '@pars/base';
import { systemRandom } from '../crypto/system-random.ts';
import { chooseKeeper, openKeeper } from './keeper-choice.ts';
import { inFolder, missing, withEnvironment, withTpm } from './keeper-fixture.ts';
import { bytesFromKeeperNote, type KeeperNote, keeperNoteFromBytes } from './keeper-note.ts';
import { newVault, openPlace } from './vault-place-fixture.ts';

/** Of tpm2-tools. */
const LIST = 'tpm2_getcap';
const NO_BUS = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
const NO_TPM = { TPM2TOOLS_TCTI: 'device:/dev/null' };
const { keeper: _, ...anyKeeper } = newVault;

// This file is also the process inside of a session with a keyring of its own.
const [, , role] = process.argv;
if (role === 'in-keyring') {
  const note = await chooseKeeper({ random: systemRandom }, undefined);
  assert.equal(note?.kind, 'keyring');
  await livesThrough('keyring');
  process.stdout.write('well\n');
} else {
  describe('the note of a keeper', () => {
    test('has as many bytes whatever it says, and is read again', () => {
      const notes: readonly KeeperNote[] = [
        { kind: 'file' },
        { kind: 'tpm', index: 0x01800abc },
        { kind: 'keyring', account: `vault-${'0a'.repeat(16)}` },
      ];
      for (const note of notes) {
        const bytes = bytesFromKeeperNote(note);
        assert.equal(bytes.length, 64);
        assert.deepEqual(keeperNoteFromBytes(bytes), note);
      }
    });

    test('names nothing that is not ours', () => {
      for (const text of [
        '',
        'files',
        'tpm 0x017fffff',
        'tpm 0x01c00000',
        'tpm 1800000',
        'keyring login',
        `keyring vault-${'g'.repeat(32)}`,
      ]) {
        assert.equal(keeperNoteFromBytes(utf8ToBytes(`${text.padEnd(63)}\n`)), undefined, text);
      }
      assert.equal(keeperNoteFromBytes(utf8ToBytes('file')), undefined);
    });
  });

  describe('a new vault', () => {
    test('keeps its secret in the file where nothing else answers', async () => {
      await withEnvironment({ ...NO_BUS, ...NO_TPM }, async () => {
        assert.deepEqual(await chooseKeeper({ random: systemRandom }, undefined), { kind: 'file' });
        for (const kind of ['tpm', 'keyring'] as const) {
          await inFolder(async (folder) => {
            const created = await (await openPlace(folder)).create({ ...newVault, keeper: kind });
            assert.deepEqual(created, { ok: false, error: { code: 'vault/secret-unavailable' } });
            assert.deepEqual(await readdir(folder), []);
          });
        }
      });
    });

    test('keeps it in the TPM where there is one, and tries it first', {
      skip: missing('swtpm', 'tpm2_nvdefine'),
    }, async () => {
      await withTpm(async () => {
        await withEnvironment(NO_BUS, () => livesThrough('tpm'));
        const left = execFileSync(LIST, ['handles-nv-index'], { encoding: 'utf8' });
        assert.doesNotMatch(left, /0x1[89ab]/i, 'no probe and no secret is left');
      });
    });

    test('keeps it in the keyring where one answers and no TPM does', {
      skip: missing('gnome-keyring-daemon', 'dbus-run-session'),
    }, async () => {
      await inFolder(async (folder) => {
        const start = [
          'echo -n password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;',
          'exec "$0" --conditions=pars-source "$1" in-keyring',
        ].join(' ');
        const { stdout } = await promisify(execFile)(
          'dbus-run-session',
          ['--', 'sh', '-c', start, process.execPath, fileURLToPath(import.meta.url)],
          { env: { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder, ...NO_TPM } },
        );
        assert.match(stdout, /well/);
      });
    });
  });
}

/** A vault under that keeper from its creation to its end; the keeper goes away in between. */
async function livesThrough(kind: 'tpm' | 'keyring'): Promise<void> {
  await inFolder(async (folder) => {
    const place = await openPlace(folder);
    unwrap(await place.create(anyKeeper));
    assert.deepEqual((await readdir(folder)).toSorted(), ['vault', 'vault-keeper']);
    assert.equal(unwrap(await place.look())?.keeper, kind);
    const password = redact(utf8ToBytes('hidden'));
    const vault = unwrap(await place.unlock({ password }));
    assert.equal(vault.kind, 'hidden');
    unwrap(await vault.lock());
    await withEnvironment({ ...NO_BUS, ...NO_TPM }, async () => {
      // A keyring keeps the connection that it has; a process of its own would not get one.
      if (kind === 'keyring') return;
      const refused = await place.unlock({ password });
      assert.deepEqual(refused, { ok: false, error: { code: 'vault/secret-unavailable' } });
      assert.deepEqual((await readdir(folder)).toSorted(), ['vault', 'vault-keeper']);
    });
    const note = keeperNoteFromBytes(new Uint8Array(await readFile(join(folder, 'vault-keeper'))));
    assert.ok(note !== undefined);
    await place.panic({ vault: undefined, everything: true });
    assert.equal((await openKeeper(note, '').read()).ok, false, 'its place is gone');
  });
}

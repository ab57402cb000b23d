import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { ok } from '@pars/base';
import { ERASABLE_SECRET_BYTES } from '@pars/vault';
import { type KeptSecret, keeperErr, requireSecretLength } from './kept-secret.ts';

/**
 * E in a file (mode 0600): the last resort. The 64 bytes are overwritten in
 * place, inside of one sector, so that a crash leaves old or new and a plain
 * disk keeps no old ones. A solid-state disk, a file system that copies on
 * write, a snapshot and a backup do keep them: its owner has to be told that
 * erasing is best effort.
 */
export function openFileSecret(path: string): KeptSecret {
  return {
    isHiddenFromDisk: false,
    async read() {
      try {
        await using file = await open(path, constants.O_RDONLY | NO_FOLLOW);
        const value = new Uint8Array(ERASABLE_SECRET_BYTES);
        const { bytesRead } = await file.read(value, 0, value.length, 0);
        const { size } = await file.stat();
        if (bytesRead !== value.length || size !== value.length) {
          return keeperErr('secret-keeper/nothing-there');
        }
        return ok(value);
      } catch (error) {
        return keeperErr(
          isAbsent(error) ? 'secret-keeper/nothing-there' : 'secret-keeper/unavailable',
        );
      }
    },
    async write(value) {
      requireSecretLength(value);
      try {
        await overwrite(path, value);
        return ok(undefined);
      } catch {
        return keeperErr('secret-keeper/unavailable');
      }
    },
    async destroy() {
      try {
        await overwrite(path, randomBytes(ERASABLE_SECRET_BYTES));
        await rm(path);
        return ok(undefined);
      } catch {
        return keeperErr('secret-keeper/unavailable');
      }
    },
  };
}

/** Windows has no such flag, and needs a privilege to make such links. */
const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;

async function overwrite(path: string, value: Uint8Array): Promise<void> {
  await using file = await open(path, constants.O_WRONLY | constants.O_CREAT | NO_FOLLOW, 0o600);
  const { bytesWritten } = await file.write(value.slice(), 0, value.length, 0);
  if (bytesWritten !== value.length) throw new Error('a short write');
  await file.sync();
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

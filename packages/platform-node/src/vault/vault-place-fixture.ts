import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expose, redact, utf8ToBytes } from '@pars/base';
import type { NewPlacedVault, PasswordChange } from '@pars/vault';
import { createSizedVaults } from '@pars/vault/fakes';
import { createNodeCryptoProvider } from '../crypto/node-crypto-provider.ts';
import { systemRandom } from '../crypto/system-random.ts';
import {
  type FileVaultPlace,
  type FileVaultPlaceDeps,
  openFileVaultPlace,
} from './file-vault-place.ts';

/** Small containers: 1.4 MB where tier S has 323. */
export const smallMakers: ReturnType<typeof createSizedVaults> = createSizedVaults({
  windows: 32,
  pageBytes: 512,
});

/** A password hash that costs nothing, no deadline, no tick. */
export const placeDeps: FileVaultPlaceDeps = {
  random: systemRandom,
  suite: {
    symmetric: createNodeCryptoProvider().symmetric,
    password: {
      derive: async (password, salt) =>
        redact(
          new Uint8Array(createHash('sha3-256').update(expose(password)).update(salt).digest()),
        ),
    },
  },
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
  scheduler: { schedule: () => () => undefined, sleep: () => pause(0) },
};

/** The place in `folder`, with small containers. */
export function openPlace(folder: string): Promise<FileVaultPlace> {
  return openFileVaultPlace(placeDeps, { folder, makers: smallMakers });
}

/** Passwords are `decoy`, `hidden` and `duress`. */
export const newVault: NewPlacedVault = {
  tier: 'S',
  keeper: 'file',
  passwords: {
    decoy: redact(utf8ToBytes('decoy')),
    hidden: redact(utf8ToBytes('hidden')),
    duress: redact(utf8ToBytes('duress')),
  },
};

/** The same passwords again with a `2` behind them. */
export const newPasswords: PasswordChange = {
  current: redact(utf8ToBytes('hidden')),
  next: {
    decoy: redact(utf8ToBytes('decoy2')),
    hidden: redact(utf8ToBytes('hidden2')),
    duress: 'none',
  },
};

// As a process of its own: works in a folder until it ends or is killed.
const [, , role, folder = ''] = process.argv;
if (role === 'create' || role === 'move' || role === 'panic') {
  const place = await openPlace(folder);
  process.stdout.write('begun\n');
  const done =
    role === 'create'
      ? await place.create(newVault)
      : role === 'move'
        ? await place.move('L', newPasswords)
        : await place.panic({ vault: undefined, everything: true }).then(() => ({ ok: true }));
  process.stdout.write(`${JSON.stringify(done.ok ? 'ok' : 'error' in done ? done.error : '')}\n`);
}

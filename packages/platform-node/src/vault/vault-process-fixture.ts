import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expose, redact, unwrap, utf8ToBytes } from '@pars/base';
import type { PageVolume, VaultDeps } from '@pars/vault';
import { unlockSmallVault } from '@pars/vault/fakes';
import { createNodeCryptoProvider } from '../crypto/node-crypto-provider.ts';
import { systemRandom } from '../crypto/system-random.ts';
import { openFileMedia } from './file-media.ts';
import { openFileSecret } from './file-secret.ts';

/** Pages that every transaction of the writer gives the same number. */
export const PAGES_OF_A_TRANSACTION = 4;

/** What the writer says, a line of JSON each. */
export type WriterLine =
  | { readonly opened: string; readonly numbers: readonly (readonly number[])[] }
  | { readonly durable: number };

/** Real files and a real clock that ticks every 3 ms; a password hash that costs nothing. */
export async function fileDeps(
  containerPath: string,
  secretPath: string,
): Promise<VaultDeps & AsyncDisposable> {
  const media = await openFileMedia(containerPath);
  return {
    media,
    secret: openFileSecret(secretPath),
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
    scheduler: {
      schedule(_, work) {
        const timer = setTimeout(work, 3);
        return () => clearTimeout(timer);
      },
      sleep: () => pause(0),
    },
    [Symbol.asyncDispose]: () => media[Symbol.asyncDispose](),
  };
}

/** Writes one number after the other into all open volumes until it is killed, and says which are durable. */
export async function writeUntilKilled(
  containerPath: string,
  secretPath: string,
  password: string,
  count: number,
): Promise<void> {
  const deps = await fileDeps(containerPath, secretPath);
  const numbers: [number[], number[]] = [[], []];
  const unlocked = await unlockSmallVault(deps, {
    password: redact(utf8ToBytes(password)),
    onPage: (volume, _, content) => void numbers[volume].push(numberIn(content)),
  });
  const vault = unwrap(unlocked);
  say({ opened: vault.kind, numbers });
  const volumes = [vault.decoy, vault.hidden].filter((volume) => volume !== undefined);
  let next = Math.max(0, ...numbers.flat());
  for (let written = 0; written < count; written += 1) {
    next += 1;
    const taken = volumes.map((volume) => unwrap(volume.writePages(transaction(volume, next))));
    for (const [at, volume] of volumes.entries()) unwrap(await volume.durable(taken[at] ?? 0));
    say({ durable: next });
  }
  // To be killed in the middle of nothing is a case too; to end without a lock is the same.
  process.exit(0);
}

function transaction(volume: PageVolume, number: number): Map<number, Uint8Array> {
  const page = new Uint8Array(volume.pageBytes);
  new DataView(page.buffer).setUint32(0, number);
  return new Map(Array.from({ length: PAGES_OF_A_TRANSACTION }, (_, at) => [at, page]));
}

function numberIn(page: Uint8Array): number {
  return new DataView(page.buffer, page.byteOffset).getUint32(0);
}

function say(line: WriterLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

if (process.argv[2] === 'write') {
  const [, , , container = '', secret = '', password = '', count = ''] = process.argv;
  await writeUntilKilled(container, secret, password, Number(count));
}

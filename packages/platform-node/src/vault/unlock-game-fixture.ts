import { accessSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expose, redact, unwrap } from '@pars/base';
import type { Suite } from '@pars/crypto';
import type { Vault, VaultDeps } from '@pars/vault';
import { createSmallVault, SMALL_VAULT_BYTES, unlockSmallVault } from '@pars/vault/fakes';
import { systemRandom } from '../crypto/system-random.ts';
import { createJumpingDays, fileVaultDeps, passwordOf } from './tier-fixture.ts';

/** What an unlock can be: the last two are in a container without a hidden volume. */
export const PATHS = ['hidden', 'decoy', 'duress', 'wrong', 'hidden, none', 'decoy, none'] as const;
export type UnlockPath = (typeof PATHS)[number];

/** What was seen of the unlocks of a path, one number for each. */
export interface Seen {
  readonly ms: number[];
  /** By how many KiB the resident memory of the process grew at most, looked at whenever something was read. */
  readonly memory: number[];
  readonly reads: number[];
}

/** The name that a mark in a trace of system calls has. */
export const MARK = '/pars-unlock-mark';

/**
 * Unlocks on all paths in turn, in a fresh order each round. Without the password
 * hash and the deadline, which are the same for all and would only hide what is not;
 * in containers that are small, lived in, and the same but for the hidden volume.
 */
export async function playUnlocks(
  folder: string,
  rounds: number,
  options: { readonly isTraced: boolean },
): Promise<ReadonlyMap<UnlockPath, Seen>> {
  await using own = await livedIn(join(folder, 'both'), true);
  await using none = await livedIn(join(folder, 'none'), false);
  const seen = new Map(
    PATHS.map((path): [UnlockPath, Seen] => [path, { ms: [], memory: [], reads: [] }]),
  );
  for (let round = -2; round < rounds; round += 1) {
    for (const path of inFreshOrder(PATHS)) {
      const { deps, secret } = path.endsWith('none') ? none : own;
      const text = path.split(',')[0] ?? '';
      const look = async (all: VaultDeps): Promise<void> => {
        const unlocked = await unlockSmallVault(all, { password: passwordOf(text) });
        if (unlocked.ok) unlocked.value.drop();
      };
      // What the one before left behind would be collected in the time of this one.
      globalThis.gc?.();
      if (options.isTraced) mark(`begin-${path}`);
      const start = performance.now();
      await look(deps);
      const ms = performance.now() - start;
      if (options.isTraced) mark('end');
      unwrap(await deps.secret.write(secret));
      let reads = 0;
      let memory = 0;
      if (!options.isTraced) {
        globalThis.gc?.();
        const before = process.memoryUsage.rss();
        await look({
          ...deps,
          media: {
            ...deps.media,
            read(offset, length, into) {
              reads += 1;
              memory = Math.max(memory, (process.memoryUsage.rss() - before) / 1024);
              return deps.media.read(offset, length, into);
            },
          },
        });
        unwrap(await deps.secret.write(secret));
      }
      if (round < 0) continue;
      seen.get(path)?.ms.push(ms);
      seen.get(path)?.memory.push(memory);
      seen.get(path)?.reads.push(reads);
    }
  }
  return seen;
}

interface Lived extends AsyncDisposable {
  readonly deps: VaultDeps;
  /** E, which duress destroys: put back after every unlock. */
  readonly secret: Uint8Array;
}

/** A small vault after more than a sweep of use, half full. */
async function livedIn(folder: string, isHidden: boolean): Promise<Lived> {
  await mkdir(folder);
  const days = createJumpingDays();
  const files = await fileVaultDeps(folder, { ...days.deps, sizeBytes: SMALL_VAULT_BYTES });
  const derive: Suite['password']['derive'] = async (password, salt) =>
    redact(files.suite.symmetric.sha3(expose(password), salt));
  const deps: VaultDeps = { ...files, suite: { ...files.suite, password: { derive } } };
  const [decoy, hidden, duress] = ['decoy', 'hidden', 'duress'].map(passwordOf);
  if (decoy === undefined || hidden === undefined || duress === undefined) throw new Error('none');
  unwrap(await createSmallVault(deps, isHidden ? { decoy, hidden, duress } : { decoy, duress }));
  // The session without the hidden volume stays below its margin of half a sweep.
  for (const [session, flushes] of [30, 10, 30].entries()) {
    const password = isHidden && session !== 1 ? hidden : decoy;
    const vault = unwrap(await unlockSmallVault(deps, { password }));
    for (let flush = 0; flush < flushes; flush += 1) {
      use(vault, flush);
      await days.flush(vault);
    }
    unwrap(await vault.lock());
  }
  const secret = unwrap(await deps.secret.read());
  return { deps, secret, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
}

function use(vault: Vault, flush: number): void {
  for (const volume of [vault.decoy, vault.hidden]) {
    if (volume === undefined) continue;
    const page = new Uint8Array(volume.pageBytes).fill(flush + 1);
    const half = Math.floor(volume.maxPages / 2);
    const pages = Array.from({ length: 6 }, (_, at) => (flush * 6 + at) % half);
    unwrap(volume.writePages(new Map(pages.map((number) => [number, page]))));
  }
}

function inFreshOrder<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: systemRandom.bytes(4).join() }))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ item }) => item);
}

/** A system call that only a trace sees. */
function mark(text: string): void {
  try {
    accessSync(`${MARK}/${text}`);
  } catch {
    // There is no such file.
  }
}

if (process.argv[2] === 'play') {
  const [, , , folder = '', rounds = '', how = ''] = process.argv;
  const seen = await playUnlocks(folder, Number(rounds), { isTraced: how === 'traced' });
  process.stdout.write(JSON.stringify([...seen]));
}

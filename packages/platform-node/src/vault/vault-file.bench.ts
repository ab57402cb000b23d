import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expose, type Redacted, redact, unwrap, utf8ToBytes } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSuite, type Suite } from '@pars/crypto';
import {
  containerBytes,
  createVault,
  type ErasableSecret,
  type Media,
  unlockVault,
  type VaultDeps,
} from '@pars/vault';
import { createSmallVault, SMALL_VAULT_BYTES, unlockSmallVault } from '@pars/vault/fakes';
import { createNodeCryptoProvider } from '../crypto/node-crypto-provider.ts';
import { systemRandom } from '../crypto/system-random.ts';
import { createFileMedia } from './file-media.ts';
import { openFileSecret } from './file-secret.ts';

/** Unlocks a path of the timing game: 20; `PARS_UNLOCK_ROUNDS=300` is the full size. */
const ROUNDS = Number(process.env['PARS_UNLOCK_ROUNDS'] ?? 20);
const PATHS = ['decoy', 'hidden', 'duress', 'wrong'] as const;
const FLUSHES = 30;

/** Real files; the deadline, which hides all of it, is left out. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'vault/file-S', run: tierS },
  { name: 'vault/unlock-timing', run: timingGame },
];

async function tierS(): Promise<readonly BenchRow[]> {
  return await withFile(containerBytes('S'), async (deps) => {
    const { decoy, hidden, duress } = passwords();
    unwrap(await createVault(deps, { tier: 'S', passwords: { decoy, hidden, duress } }));
    const unlockMs: number[] = [];
    const cpuMs: number[] = [];
    const flushMs: number[] = [];
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    for (let round = 0; round < 3; round += 1) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      const vault = unwrap(await unlockVault(deps, { password: hidden }));
      unlockMs.push(performance.now() - start);
      const { user, system } = process.cpuUsage(cpu);
      cpuMs.push((user + system) / 1000);
      peak = Math.max(peak, process.memoryUsage().rss);
      for (let flush = 0; flush < FLUSHES / 3; flush += 1) {
        const page = new Uint8Array(vault.decoy.pageBytes).fill(flush);
        unwrap(vault.decoy.writePages(new Map([[flush, page]])));
        const begun = performance.now();
        unwrap(await vault.flushNow());
        flushMs.push(performance.now() - begun);
      }
      vault.drop();
    }
    clearInterval(watch);
    return [
      {
        name: 'vault/file-S/unlock',
        value: median(unlockMs),
        unit: 'ms',
        target: { of: 'value', atMost: 1500 },
      },
      { name: 'vault/file-S/unlock-cpu', value: median(cpuMs), unit: 'ms' },
      { name: 'vault/file-S/unlock-peak-memory', value: (peak - before) / 2 ** 20, unit: 'MiB' },
      {
        name: 'vault/file-S/flush',
        value: median(flushMs),
        unit: 'ms',
        target: { of: 'value', atMost: 12 },
      },
    ];
  });
}

/**
 * Without the password hash, which is the same for all and would only hide what
 * is not: a small container, all paths in turn in a fresh order each round: how well
 * the time and the number of reads tell them from the decoy.
 */
async function timingGame(): Promise<readonly BenchRow[]> {
  return await withFile(SMALL_VAULT_BYTES, async (fileDeps) => {
    const { symmetric } = fileDeps.suite;
    const derive: Suite['password']['derive'] = async (password, salt) =>
      redact(symmetric.sha3(expose(password), salt));
    const deps = { ...fileDeps, suite: { symmetric, password: { derive } } };
    const texts = passwords();
    const { decoy, hidden, duress } = texts;
    unwrap(await createSmallVault(deps, { decoy, hidden, duress }));
    const kept = unwrap(await deps.secret.read());
    const seen = new Map(
      PATHS.map((path) => [path, { ms: [] as number[], calls: [] as number[] }]),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const path of inFreshOrder(PATHS)) {
        let calls = 0;
        const media: Media = {
          ...deps.media,
          read(offset, length) {
            calls += 1;
            return deps.media.read(offset, length);
          },
        };
        const start = performance.now();
        const unlocked = await unlockSmallVault({ ...deps, media }, { password: texts[path] });
        seen.get(path)?.ms.push(performance.now() - start);
        seen.get(path)?.calls.push(calls);
        if (unlocked.ok) unlocked.value.drop();
        // Duress has destroyed it; the next round needs it again.
        unwrap(await deps.secret.write(kept));
      }
    }
    const rows: BenchRow[] = [];
    for (const path of PATHS) {
      const own = seen.get(path);
      const other = seen.get('decoy');
      if (own === undefined || other === undefined) continue;
      rows.push({ name: `vault/unlock-timing/${path}`, value: median(own.ms), unit: 'ms' });
      if (path === 'decoy') continue;
      rows.push(
        { name: `vault/unlock-timing/${path}/auc`, value: area(other.ms, own.ms), unit: 'AUC' },
        {
          name: `vault/unlock-timing/${path}/reads-auc`,
          value: area(other.calls, own.calls),
          unit: 'AUC',
        },
      );
    }
    const error = Math.sqrt((2 * ROUNDS + 1) / (12 * ROUNDS * ROUNDS));
    rows.push({ name: 'vault/unlock-timing/three-errors', value: 3 * error, unit: 'AUC' });
    return rows;
  });
}

async function withFile(
  bytes: number,
  work: (deps: VaultDeps) => Promise<readonly BenchRow[]>,
): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-vault-bench-'));
  const media = await createFileMedia(join(folder, 'container'), bytes);
  const suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });
  const secret: ErasableSecret = openFileSecret(join(folder, 'secret'));
  try {
    return await work({
      media,
      secret,
      random: systemRandom,
      suite,
      clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
      scheduler: { schedule: () => () => undefined, sleep: async () => undefined },
    });
  } finally {
    await media[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
}

function passwords(): Readonly<Record<(typeof PATHS)[number], Redacted<Uint8Array>>> {
  const secret = (text: string): Redacted<Uint8Array> => redact(utf8ToBytes(text));
  return {
    decoy: secret('decoy'),
    hidden: secret('hidden'),
    duress: secret('duress'),
    wrong: secret('wrong'),
  };
}

function inFreshOrder<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: systemRandom.bytes(4).join() }))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ item }) => item);
}

function area(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (const low of a) for (const high of b) sum += high > low ? 1 : high === low ? 0.5 : 0;
  return sum / (a.length * b.length);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

import { unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { containerBytes, createVault, unlockVault } from '@pars/vault';
import { createJumpingDays, fileVaultDeps, passwordOf, withFolder } from './tier-fixture.ts';

const UNLOCKS = 5;
const FLUSHES = 50;

/** A real file; the deadline, which hides all of it, is left out. `vault/lived-in-S` is the same with much in it. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'vault/file-S', run: () => withFolder(tierS) },
];

async function tierS(folder: string): Promise<readonly BenchRow[]> {
  const days = createJumpingDays();
  await using deps = await fileVaultDeps(folder, { ...days.deps, sizeBytes: containerBytes('S') });
  const [decoy, hidden, duress] = ['decoy', 'hidden', 'duress'].map(passwordOf);
  if (decoy === undefined || hidden === undefined || duress === undefined) throw new Error('none');
  unwrap(await createVault(deps, { tier: 'S', passwords: { decoy, hidden, duress } }));
  const unlockMs: number[] = [];
  const cpuMs: number[] = [];
  const flushMs: number[] = [];
  for (let round = 0; round < UNLOCKS; round += 1) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const vault = unwrap(await unlockVault(deps, { password: hidden }));
    unlockMs.push(performance.now() - start);
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push((user + system) / 1000);
    for (let flush = 0; flush < FLUSHES / UNLOCKS; flush += 1) {
      const page = new Uint8Array(vault.decoy.pageBytes).fill(flush);
      unwrap(vault.decoy.writePages(new Map([[flush, page]])));
      const begun = performance.now();
      await days.flush(vault);
      flushMs.push(performance.now() - begun);
    }
    vault.drop();
  }
  return [
    {
      name: 'vault/file-S/unlock',
      value: median(unlockMs),
      unit: 'ms',
      target: { of: 'value', atMost: 1500 },
    },
    { name: 'vault/file-S/unlock-at-most', value: Math.max(...unlockMs), unit: 'ms' },
    { name: 'vault/file-S/unlock-cpu', value: median(cpuMs), unit: 'ms' },
    {
      name: 'vault/file-S/flush',
      value: median(flushMs),
      unit: 'ms',
      target: { of: 'value', atMost: 12 },
    },
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

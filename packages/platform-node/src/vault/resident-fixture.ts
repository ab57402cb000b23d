import {
  createJumpingDays,
  fileVaultDeps,
  openDatabases,
  PAGE_BYTES,
  passwordOf,
} from './tier-fixture.ts';

/** What a process that unlocks a vault says of itself, a line of JSON. */
export interface Residence {
  readonly unlockMs: number;
  readonly unlockCpuMs: number;
  readonly openMs: number;
  readonly pages: number;
  /** Bytes resident before, at most, and once everything is open. */
  readonly before: number;
  readonly peak: number;
  readonly after: number;
}

/** Unlocks the vault of a folder once, as a daemon does at its start, and opens what opened. */
async function reside(folder: string, password: string): Promise<Residence> {
  const days = createJumpingDays();
  await using deps = await fileVaultDeps(folder, days.deps);
  const before = process.memoryUsage().rss;
  const cpu = process.cpuUsage();
  const start = performance.now();
  let unlockMs = 0;
  let unlockCpuMs = 0;
  const scheduler = {
    ...days.deps.scheduler,
    // The deadline would begin here: the work is done.
    sleep: async () => {
      unlockMs = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      unlockCpuMs = (user + system) / 1000;
    },
  };
  const { vault, decoy, hidden } = await openDatabases(
    { ...deps, scheduler },
    { password: passwordOf(password) },
  );
  const openMs = performance.now() - start - unlockMs;
  await days.flush(vault);
  // Long enough for what is garbage to be seen as such, as in a daemon that stays.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const after = process.memoryUsage().rss;
  const pages = decoy.room().pages + (hidden?.room().pages ?? 0);
  vault.drop();
  const peak = process.resourceUsage().maxRSS * 1024;
  return { unlockMs, unlockCpuMs, openMs, pages, before, peak, after };
}

if (process.argv[2] === 'reside') {
  const [, , , folder = '', password = ''] = process.argv;
  process.stdout.write(`${JSON.stringify(await reside(folder, password))}\n`);
}

/** Bytes of the databases that were open. */
export function databaseBytes({ pages }: Residence): number {
  return pages * PAGE_BYTES;
}

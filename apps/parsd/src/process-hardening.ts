import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import inspector from 'node:inspector';
import type { DiagnosticCheck } from '@pars/api';

/**
 * Takes from this process what would write its memory somewhere: core dumps,
 * diagnostic reports, heap snapshots, the debugger. Before any key exists.
 * What the system does not allow is left; {@link checkHardening} tells.
 */
export function hardenProcess(): void {
  dropCoreDumps();
  dropReports();
  // Without a listener the signal opens a debugger to every program of this user.
  if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);
  // Asked for by an environment variable, perhaps one that was forgotten.
  if (inspector.url() !== undefined) inspector.close();
}

/** Whether it holds, as far as the system says. */
export function checkHardening(): readonly DiagnosticCheck[] {
  return [checkDumps(), checkSwap()];
}

function dropCoreDumps(): void {
  if (process.platform !== 'linux') return;
  // The limit keeps the kernel from writing a file; util-linux has the program.
  const limit = ['--core=0:0', '--pid', String(process.pid)];
  spawnSync(PRLIMIT, limit, { stdio: 'ignore', timeout: PRLIMIT_MS, shell: false });
  // A dump that goes to a program of the system knows no limit: it gets no page of memory.
  try {
    writeFileSync(DUMP_FILTER, '0');
  } catch {
    // A kernel without core dumps has no such file.
  }
}

const PRLIMIT = 'prlimit';
const PRLIMIT_MS = 5_000;
const DUMP_FILTER = '/proc/self/coredump_filter';

function dropReports(): void {
  const { report } = process;
  report.reportOnFatalError = false;
  report.reportOnSignal = false;
  report.reportOnUncaughtException = false;
}

function checkDumps(): DiagnosticCheck {
  const name = 'memory-dumps';
  const asked = SNAPSHOT_OPTIONS.exec(
    `${process.execArgv.join(' ')} ${process.env['NODE_OPTIONS']}`,
  );
  if (asked !== null) {
    return {
      name,
      ok: false,
      detail: `The node was started with ${asked[0]}, which writes its memory to a file. Start it without.`,
    };
  }
  if (inspector.url() !== undefined) {
    return { name, ok: false, detail: 'A debugger may read this node. Start it without.' };
  }
  if (process.platform !== 'linux') {
    return { name, ok: true, detail: 'This system does not tell whether a crash writes memory.' };
  }
  const limit = /^Max core file size\s+(\S+)/m.exec(readSystem('/proc/self/limits'))?.[1];
  const isFiltered = Number.parseInt(readSystem(DUMP_FILTER), 16) === 0;
  const isOff = limit === '0' || isFiltered;
  return {
    name,
    ok: isOff,
    detail: isOff
      ? 'A crash writes no memory of this node anywhere.'
      : 'A crash may write memory of this node to the disk. Install util-linux, or start it with `ulimit -c 0`.',
  };
}

/** Neither is a fault of the node, and Node cannot lock memory: it is told and no more. */
function checkSwap(): DiagnosticCheck {
  const name = 'swap';
  if (process.platform !== 'linux') {
    return {
      name,
      ok: true,
      detail: 'This system does not tell where it swaps; encrypt its disk.',
    };
  }
  const areas = readSystem('/proc/swaps').trim().split('\n').slice(1);
  const forbidden = readSystem(`/sys/fs/cgroup${ownGroup()}/memory.swap.max`).trim() === '0';
  if (areas.length === 0 || forbidden) {
    return { name, ok: true, detail: 'No memory of this node is swapped to a disk.' };
  }
  const detail =
    'The system may swap memory of this node, keys included, to a disk. Encrypt the swap, or run the node as the unit with MemorySwapMax=0.';
  return { name, ok: true, detail };
}

/** The control group of this process, `/…`. */
function ownGroup(): string {
  return /^0::(\/.*)$/m.exec(readSystem('/proc/self/cgroup'))?.[1] ?? '';
}

const SNAPSHOT_OPTIONS = /--(?:heapsnapshot-signal|heapsnapshot-near-heap-limit|heap-prof)\b/;

function readSystem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

// The side of the runner that lives in the browser: a page or a worker.
import type { Benchmark, BenchRow } from '@pars/base/bench';
import type { ConformanceCase } from '@pars/base/conformance';

/** How one case ended. `detail` is the reason of a skip or the stack of a failure. */
export interface CaseResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly detail: string;
}

/** The rows of one benchmark, or why there are none. */
export interface BenchmarkResult {
  readonly name: string;
  readonly rows: readonly BenchRow[];
  readonly skip?: string;
}

/** What a bundled entry may export; functions, so that vectors can be fetched first. */
export interface PageSubject {
  readonly cases?: () => Promise<readonly ConformanceCase[]>;
  readonly benchmarks?: () => Promise<readonly Benchmark[]>;
}

/** The functions that the runner calls from outside, as properties of the global object. */
export interface PageListener {
  parsRunCases: () => Promise<readonly CaseResult[]>;
  parsRunBenchmarks: () => Promise<readonly BenchmarkResult[]>;
}

/** Offers the subject's cases and benchmarks to the runner. */
export function listen(subject: PageSubject): void {
  const listener: PageListener = {
    parsRunCases: async () => runCases((await subject.cases?.()) ?? []),
    parsRunBenchmarks: async () => runBenchmarks((await subject.benchmarks?.()) ?? []),
  };
  Object.assign(globalThis, listener);
  // A page runs this script before its `load` event; a worker has to say that it is there.
  if (!('document' in globalThis)) postMessage('ready');
}

async function runCases(cases: readonly ConformanceCase[]): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { name, run, skip } of cases) {
    if (skip !== undefined) {
      results.push({ name, outcome: 'skipped', detail: skip });
      continue;
    }
    try {
      await run();
      results.push({ name, outcome: 'passed', detail: '' });
    } catch (error) {
      results.push({ name, outcome: 'failed', detail: describe(error) });
    }
  }
  return results;
}

async function runBenchmarks(
  benchmarks: readonly Benchmark[],
): Promise<readonly BenchmarkResult[]> {
  const results: BenchmarkResult[] = [];
  for (const { name, run, skip } of benchmarks) {
    if (skip === undefined) results.push({ name, rows: await run() });
    else results.push({ name, rows: [], skip });
  }
  return results;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}

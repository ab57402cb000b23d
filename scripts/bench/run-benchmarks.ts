import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from '@pars/base/bench';
import { rootFolder } from '../process/run-step.ts';
import { formatRow, isKept, TABLE_HEAD } from './table.ts';

interface BenchOptions {
  /** One JSON object a line instead of the table. */
  readonly json: boolean;
  /** Only benchmarks whose name contains one of these; empty means all. */
  readonly names: readonly string[];
}

/** Runs the benchmarks one after the other and prints as it goes; true when every target was met. */
export async function runBenchmarks(options: BenchOptions): Promise<boolean> {
  if (!options.json) console.log(TABLE_HEAD);
  let allKept = true;
  for (const benchmark of await loadBenchmarks(options.names)) {
    if (benchmark.skip !== undefined) {
      print(options, { name: benchmark.name, skipped: benchmark.skip });
      continue;
    }
    for (const row of await benchmark.run()) {
      const kept = isKept(row);
      allKept &&= kept !== false;
      if (options.json) print(options, { schemaVersion: 1, ...row, kept });
      else console.log(formatRow(row));
    }
  }
  return allKept;
}

async function loadBenchmarks(names: readonly string[]): Promise<readonly Benchmark[]> {
  const files = globSync('{packages,apps}/*/src/**/*.bench.ts', { cwd: rootFolder }).toSorted();
  const loaded: Benchmark[] = [];
  for (const file of files) {
    const module = (await import(join(rootFolder, file))) as {
      readonly benchmarks?: readonly Benchmark[];
    };
    if (module.benchmarks === undefined) throw new Error(`${file} exports no benchmarks`);
    loaded.push(...module.benchmarks);
  }
  return loaded.filter(
    (benchmark) => names.length === 0 || names.some((name) => benchmark.name.includes(name)),
  );
}

function print(options: BenchOptions, entry: object): void {
  if (options.json) console.log(JSON.stringify(entry));
  else console.log(Object.values(entry).join('  skipped: '));
}

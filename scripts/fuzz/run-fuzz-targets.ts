import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { FuzzTarget } from '@pars/base/conformance';
import { rootFolder } from '../process/run-step.ts';
import { createMutator } from './mutator.ts';

/** How long and from where to fuzz. */
export interface FuzzOptions {
  readonly secondsPerTarget: number;
  /** The same seed tries the same inputs in the same order. */
  readonly seed: number;
  /** Only targets whose name contains one of these; empty means all. */
  readonly names: readonly string[];
}

/** An input slower than this is reported: no decoder may be made to work that long. */
const SLOW_MS = 2_000;

/** Fuzzes every target in turn; true when none failed. Failing inputs are printed as hex. */
export async function runFuzzTargets(options: FuzzOptions): Promise<boolean> {
  console.log(`seed ${options.seed}, ${options.secondsPerTarget} s a target`);
  let clean = true;
  for (const target of await loadFuzzTargets(options.names)) {
    const { tried, failure } = await fuzzTarget(target, options);
    console.log(`${failure === undefined ? 'ok  ' : 'FAIL'} ${target.name}: ${tried} inputs`);
    if (failure !== undefined) {
      clean = false;
      console.log(`  ${failure.reason}\n  input ${failure.input.toHex()}`);
    }
  }
  return clean;
}

/** All fuzz targets of the packages whose names match. */
export async function loadFuzzTargets(names: readonly string[]): Promise<readonly FuzzTarget[]> {
  const files = globSync('{packages,apps}/*/src/**/*.fuzz.ts', { cwd: rootFolder }).toSorted();
  const loaded: FuzzTarget[] = [];
  for (const file of files) {
    const module = (await import(join(rootFolder, file))) as {
      readonly fuzzTargets?: readonly FuzzTarget[];
    };
    if (module.fuzzTargets === undefined) throw new Error(`${file} exports no fuzzTargets`);
    loaded.push(...module.fuzzTargets);
  }
  return loaded.filter(
    (target) => names.length === 0 || names.some((name) => target.name.includes(name)),
  );
}

interface FuzzFailure {
  readonly reason: string;
  readonly input: Uint8Array;
}

async function fuzzTarget(
  target: FuzzTarget,
  options: FuzzOptions,
): Promise<{ readonly tried: number; readonly failure: FuzzFailure | undefined }> {
  const mutate = createMutator(options.seed, await target.corpus());
  const end = performance.now() + options.secondsPerTarget * 1000;
  let tried = 0;
  while (performance.now() < end) {
    const failure = await tryInput(target, mutate());
    tried += 1;
    if (failure !== undefined) return { tried, failure };
  }
  return { tried, failure: undefined };
}

/** Runs one input; says what went wrong, if anything. */
export async function tryInput(
  target: FuzzTarget,
  input: Uint8Array,
): Promise<FuzzFailure | undefined> {
  const start = performance.now();
  try {
    await target.run(input);
  } catch (error) {
    return {
      reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      input,
    };
  }
  const elapsedMs = performance.now() - start;
  if (elapsedMs > SLOW_MS) return { reason: `took ${Math.round(elapsedMs)} ms`, input };
  return undefined;
}

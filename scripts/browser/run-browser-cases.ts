import { openRealm, type RealmKind } from './browser-realm.ts';
import type { BenchmarkResult, CaseResult } from './in-page.ts';
import { bundlePage } from './page-bundle.ts';

/** What to run, and where. */
export interface BrowserRun {
  /** A TypeScript file that exports `cases` or `benchmarks` (see `PageSubject`). */
  readonly entry: URL;
  readonly realm: RealmKind;
}

/** Runs the entry's conformance cases one after the other inside Chromium. */
export async function runBrowserCases(run: BrowserRun): Promise<readonly CaseResult[]> {
  await using realm = await openRealm(run.realm, await bundlePage(run.entry));
  return await realm.call('parsRunCases');
}

/** Runs the entry's benchmarks inside Chromium. */
export async function runBrowserBenchmarks(run: BrowserRun): Promise<readonly BenchmarkResult[]> {
  await using realm = await openRealm(run.realm, await bundlePage(run.entry));
  return await realm.call('parsRunBenchmarks');
}

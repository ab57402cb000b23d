import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import MiniSearch from 'minisearch';
import { searchIndex } from '../client/search.ts';
import { type SearchDocument, searchOptions } from '../client/search-terms.ts';
import { parseBody } from '../content/proposal-body.ts';
import { generateSite } from '../generate-site.ts';
import { createCorpus } from './corpus-fixture.ts';
import { readCollection } from './read-collection.ts';
import { createSearchIndex } from './search-index.ts';

/** Proposals in the collection that is built and searched. */
const COUNT = 200;

/** Words that are typed letter by letter; every state of the field is measured. */
const TYPED = ['ratchet', 'the relay', 'mailbux frontier', '1004', 'parcel 7 witness', 'راز'];

/** How often each state of the field is measured. */
const ROUNDS = 7;

/** The heaviest page that the site makes of our own proposals must keep its promise, too. */
const OWN_PROPOSALS = join(import.meta.dirname, '../../../../PIPs');

/** What an author waits for, what a reader downloads, and what one who searches feels. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'site/build-200-proposals/node', run: measureBuild },
  { name: 'site/page-weight/gzip', run: measureWeight },
  { name: 'site/search-key-press/node', run: measureSearch },
];

async function measureBuild(): Promise<readonly BenchRow[]> {
  return await withFolder(async (folder) => {
    const proposals = join(folder, 'PIPs');
    execFileSync('git', ['init', '-q', proposals]);
    // Two versions of each, so that the comparisons are part of what is measured.
    for (const version of ['first', 'second']) {
      for (const { name, text } of createCorpus(COUNT)) {
        await writeFile(
          join(proposals, name),
          text.replace('## Motivation', `## Motivation\n\n${version}`),
        );
      }
      execFileSync('git', ['-C', proposals, 'add', '.']);
      execFileSync('git', [
        ...['-C', proposals, '-c', 'user.name=bench', '-c', 'user.email=bench@example.org'],
        ...['commit', '-qm', version],
      ]);
    }
    const start = performance.now();
    await build(proposals, join(folder, 'out'));
    const value = performance.now() - start;
    const target = { of: 'value', atMost: 10_000 } as const;
    return [{ name: 'site/build-200-proposals/node', value, unit: 'ms', target }];
  });
}

async function measureWeight(): Promise<readonly BenchRow[]> {
  return await withFolder(async (folder) => {
    const out = join(folder, 'out');
    await build(OWN_PROPOSALS, out);
    const weigh = async (path: string): Promise<number> =>
      gzipSync(await readFile(join(out, path)), { level: 9 }).length;
    const assets = ['site.css', 'theme.js', 'reader.js', 'star.svg'];
    const shared = await Promise.all(assets.map((name) => weigh(`assets/${name}`)));
    const names = globSync('PIPs/pip-*/index.html', { cwd: out });
    const pages = await Promise.all(names.map(weigh));
    const value = Math.max(...pages) + shared.reduce((sum, bytes) => sum + bytes, 0);
    const target = { of: 'value', atMost: 60_000 } as const;
    return [{ name: 'site/heaviest-own-page/gzip', value, unit: 'B', target }];
  });
}

async function measureSearch(): Promise<readonly BenchRow[]> {
  const files = new Map(createCorpus(COUNT).map(({ name, text }) => [name, text] as const));
  const { readable } = readCollection(files, (bytes) =>
    createHash('sha3-256').update(bytes).digest(),
  );
  const json = JSON.stringify(
    createSearchIndex(readable, ({ parsed }) => parseBody(parsed.bodyMarkdown).plainText),
  );
  const start = performance.now();
  const index = MiniSearch.loadJSON<SearchDocument>(json, searchOptions);
  const loadMs = performance.now() - start;
  const states = TYPED.flatMap((text) =>
    Array.from(text, (_letter, position) => text.slice(0, position + 1)),
  );
  // The median of some rounds for each state: one pause of a busy machine is not the search.
  const slowest = Math.max(...states.map((text) => medianTime(() => searchIndex(index, text))));
  const target = { of: 'value', atMost: 50 } as const;
  return [
    { name: 'site/search-slowest-key-press/node', value: slowest, unit: 'ms', target },
    { name: 'site/search-load-index/node', value: loadMs, unit: 'ms' },
  ];
}

function medianTime(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

async function build(proposals: string, out: string): Promise<void> {
  const complaints: string[] = [];
  const exitCode = await generateSite(
    { proposals, out, base: undefined },
    { say: () => undefined, warn: (line) => complaints.push(line) },
  );
  if (exitCode !== 0) throw new Error(complaints.join('\n'));
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pars-site-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createMemoryMetrics, type LogFields, type LogLevel } from '@pars/base';
import {
  blobStoreConformance,
  type ConformanceCase,
  clockConformance,
  logConformance,
  metricsConformance,
  randomConformance,
  schedulerConformance,
  storeConformance,
} from '@pars/base/conformance';
import { systemRandom } from '../crypto/system-random.ts';
import { createFileBlobStore } from './file-blob-store.ts';
import { createStderrLog } from './json-line-log.ts';
import { createSqliteStore } from './sqlite-store.ts';
import { systemClock } from './system-clock.ts';
import { systemScheduler } from './system-scheduler.ts';

describe('the adapters of Node conform', () => {
  const suites: readonly (readonly ConformanceCase[])[] = [
    clockConformance(() => systemClock),
    schedulerConformance(() => ({
      scheduler: systemScheduler,
      clock: systemClock,
      elapse: (ms) => systemScheduler.sleep(ms),
    })),
    randomConformance(() => systemRandom),
    metricsConformance(createMemoryMetrics),
    logConformance(() => {
      const lines: string[] = [];
      const sink = { write: (line: string) => lines.push(line), writableLength: 0 };
      const log = createStderrLog({ clock: systemClock }, { sink, level: 'debug' });
      return { log, entries: () => lines.map(entryOfLine) };
    }),
    storeConformance(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'pars-store-'));
      return {
        open: async () => createSqliteStore(join(folder, 'inner', 'store.sqlite')),
        dispose: () => rm(folder, { recursive: true }),
      };
    }),
    blobStoreConformance(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'pars-blobs-'));
      return {
        open: () => createFileBlobStore(join(folder, 'inner', 'blobs')),
        dispose: () => rm(folder, { recursive: true }),
      };
    }),
  ];
  for (const { name, run, skip } of suites.flat()) {
    test(name, skip === undefined ? {} : { skip }, run);
  }
});

function entryOfLine(line: string): { level: LogLevel; event: string; fields: LogFields } {
  const { level, event, fields } = JSON.parse(line) as {
    level: LogLevel;
    event: string;
    fields: LogFields;
  };
  return { level, event, fields };
}

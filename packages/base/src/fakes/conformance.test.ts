import { describe, test } from 'node:test';
import {
  blobStoreConformance,
  byteStreamConformance,
  type ConformanceCase,
  clockConformance,
  logConformance,
  metricsConformance,
  randomConformance,
  schedulerConformance,
  storeConformance,
  streamTransportConformance,
} from '../conformance/index.ts';
import { createMemoryMetrics } from '../metrics/memory-metrics.ts';
import {
  createMemoryBlobDisk,
  createMemoryStoreDisk,
  createMemoryStreamNetwork,
  createRecordingLog,
  createSimulationRandom,
  createStreamPair,
  createVirtualTime,
} from './index.ts';

describe('the fakes conform', () => {
  const suites: readonly (readonly ConformanceCase[])[] = [
    clockConformance(() => createVirtualTime().clock),
    schedulerConformance(() => {
      const { scheduler, clock, advance } = createVirtualTime();
      return { scheduler, clock, elapse: advance };
    }),
    randomConformance(() => createSimulationRandom('conformance')),
    storeConformance(async () => {
      const disk = createMemoryStoreDisk();
      return { open: async () => disk.open(), dispose: async () => undefined };
    }),
    blobStoreConformance(async () => {
      const disk = createMemoryBlobDisk();
      return { open: async () => disk.open(), dispose: async () => undefined };
    }),
    logConformance(() => {
      const log = createRecordingLog();
      return { log, entries: () => log.entries };
    }),
    metricsConformance(createMemoryMetrics),
    ...[64, 1000, 65_536].map((capacityBytes) =>
      byteStreamConformance(async () => {
        const [near, far] = createStreamPair({ capacityBytes });
        return {
          near,
          far,
          maxInFlightBytes: capacityBytes + 16_384,
          settle: settleAll,
          dispose: async () => near.abort(),
        };
      }).map((one) => ({ ...one, name: `${one.name} (${capacityBytes} B)` })),
    ),
    streamTransportConformance(async () => {
      const network = createMemoryStreamNetwork();
      return {
        listener: network.createTransport(),
        dialer: network.createTransport(),
        listenAddress: '',
        deadAddress: 'nowhere',
      };
    }),
  ];
  for (const { name, run, skip } of suites.flat()) {
    test(name, skip === undefined ? {} : { skip }, run);
  }
});

async function settleAll(): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) await Promise.resolve();
}

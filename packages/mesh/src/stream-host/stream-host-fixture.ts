import { type ByteStream, type Clock, ParsError, type Scheduler } from '@pars/base';
import {
  createRecordingLog,
  createSimulationRandom,
  createStreamPair,
  createVirtualTime,
  type RecordingLog,
} from '@pars/base/fakes';
import { createSeededSuite } from '../link/link-fixture.ts';
import { createStreamHost, type StreamHost, type StreamHostOptions } from './stream-host.ts';

/** A stream host with what it logged. */
export interface WatchedStreamHost extends StreamHost {
  readonly log: RecordingLog;
}

/** Stream hosts in one process that dial each other at `/memory/<name>`. */
export interface StreamHostNetwork {
  createHost(options?: Partial<StreamHostOptions>): Promise<WatchedStreamHost>;
  /** What the next dialled stream is replaced with, for meddling. */
  meddle: (near: ByteStream, far: ByteStream) => readonly [ByteStream, ByteStream];
}

/** An empty network. */
export function createStreamHostNetwork(
  seed: string,
  time: { readonly clock: Clock; readonly scheduler: Scheduler } = createVirtualTime(),
): StreamHostNetwork {
  const random = createSimulationRandom(seed);
  const suite = createSeededSuite(random);
  const hostByRoute = new Map<string, StreamHost>();
  let hostCount = 0;
  const network: StreamHostNetwork = {
    meddle: (near, far) => [near, far],
    async createHost(options = {}) {
      hostCount += 1;
      const route = `/memory/host-${hostCount}`;
      const log = createRecordingLog();
      const host = await createStreamHost(
        {
          suite,
          nodeSeed: suite.signature.generateSeed(),
          clock: time.clock,
          scheduler: time.scheduler,
          random,
          log,
          metrics: { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() },
        },
        {
          dialers: [
            {
              canDial: (wanted) => wanted.startsWith('/memory/'),
              async dial(wanted) {
                const remote = hostByRoute.get(wanted);
                if (remote === undefined) throw new ParsError('mesh/unreachable');
                const [near, far] = network.meddle(...createStreamPair());
                void remote.adopt(far, { direction: 'inbound', address: route });
                return near;
              },
            },
          ],
          routes: () => [route],
          ...options,
        },
      );
      hostByRoute.set(route, host);
      return { ...host, log };
    },
  };
  return network;
}

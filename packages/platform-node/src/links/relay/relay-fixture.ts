import type { Scheduler } from '@pars/base';
import {
  type RelayClient,
  type RelayClientOptions,
  startRelayClient,
  startRelayService,
} from '@pars/mesh';
import { systemRandom } from '../../crypto/system-random.ts';
import { createWatchedHost, realClock, realScheduler, type WatchedHost } from '../links-fixture.ts';

/** Hosts that nobody can dial but through one relay. For tests. */
export interface RelayedHosts extends AsyncDisposable {
  readonly relay: WatchedHost;
  /** The relay finds a node by its id, so there is nobody to be the wrong one. */
  readonly wrongNodeCode: 'mesh/relay-no-target';
  /** A host that holds its reservation, and is linked with nobody but the relay. */
  createHost(options?: { readonly maxStreamsPerProtocol?: number }): Promise<WatchedHost>;
}

/** The part of a node that is relayed, until its host is stopped. */
export function startClient(
  host: WatchedHost,
  options: RelayClientOptions = { relays: () => [] },
  scheduler: Scheduler = realScheduler,
): RelayClient {
  const deps = { clock: realClock, scheduler, random: systemRandom };
  return startRelayClient({ ...deps, host, metrics: host.metrics }, options, host.stopping);
}

/** A relay on loopback with generous limits. */
export async function createRelayedHosts(): Promise<RelayedHosts> {
  const relay = await createWatchedHost({ listen: ['/ip4/127.0.0.1/tcp/0'] });
  const deps = { clock: realClock, scheduler: realScheduler, random: systemRandom };
  startRelayService(
    { ...deps, host: relay, metrics: relay.metrics },
    {
      maxReservationsPerSource: 128,
      maxConnectionsPerSource: 128,
      bytesPerSecond: 268_435_456,
      totalBytesPerSecond: 268_435_456,
    },
  );
  return {
    relay,
    wrongNodeCode: 'mesh/relay-no-target',
    async createHost(options = {}) {
      const host = await createWatchedHost({ listen: [], ...options });
      const reserved = Promise.withResolvers<void>();
      startClient(host, {
        relays: () => relay.addresses(),
        onChange: () => reserved.resolve(),
      });
      await reserved.promise;
      return {
        ...host,
        // The link with the relay is the way, not one of the links under test.
        peers: () => host.peers().filter(({ nodeId }) => nodeId !== relay.nodeId),
        onLink: (listener) =>
          host.onLink((change) => {
            if (change.peer.nodeId !== relay.nodeId) listener(change);
          }),
      };
    },
    [Symbol.asyncDispose]: () => relay.stop(),
  };
}

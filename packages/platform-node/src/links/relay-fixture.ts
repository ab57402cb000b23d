import { startRelayClient, startRelayService } from '@pars/mesh';
import { systemRandom } from '../crypto/system-random.ts';
import { createWatchedHost, realClock, realScheduler, type WatchedHost } from './links-fixture.ts';

/** Hosts that nobody can dial but through one relay. For tests. */
export interface RelayedHosts extends AsyncDisposable {
  readonly relay: WatchedHost;
  /** A host that holds its reservation, and is linked with nobody but the relay. */
  createHost(options?: { readonly maxStreamsPerProtocol?: number }): Promise<WatchedHost>;
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
    async createHost(options = {}) {
      const host = await createWatchedHost({ listen: [], ...options });
      const stopping = new AbortController();
      const reserved = Promise.withResolvers<void>();
      startRelayClient(
        { ...deps, host, metrics: host.metrics },
        { relays: () => relay.addresses(), onChange: () => reserved.resolve() },
        stopping.signal,
      );
      await reserved.promise;
      const stop = async (): Promise<void> => {
        stopping.abort();
        await host.stop();
      };
      return {
        ...host,
        // The link with the relay is the way, not one of the links under test.
        peers: () => host.peers().filter(({ nodeId }) => nodeId !== relay.nodeId),
        onLink: (listener) =>
          host.onLink((change) => {
            if (change.peer.nodeId !== relay.nodeId) listener(change);
          }),
        stop,
        [Symbol.asyncDispose]: stop,
      };
    },
    [Symbol.asyncDispose]: () => relay.stop(),
  };
}

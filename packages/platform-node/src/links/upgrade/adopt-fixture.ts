import { createStreamPair } from '@pars/base/fakes';
import { type LinkAdopter, meshErr, type RouteDialer } from '@pars/mesh';
import { createWatchedHost, type WatchedHost } from '../links-fixture.ts';

/** Hosts without a transport of their own: what they dial are pairs of streams. For tests. */
export interface AdoptingHosts {
  createHost(options?: { readonly maxStreamsPerProtocol?: number }): Promise<WatchedHost>;
}

/** An empty set of them; their addresses are `/memory/pair-N`. */
export function createAdoptingHosts(): AdoptingHosts {
  const adopterByRoute = new Map<string, LinkAdopter>();
  return {
    async createHost(options = {}) {
      const host = await createWatchedHost({ listen: [], ...options });
      const route = `/memory/pair-${adopterByRoute.size}`;
      adopterByRoute.set(route, host);
      const dialer: RouteDialer = {
        dials: (wanted) => wanted.startsWith('/memory/pair-'),
        routes: () => [route],
        dial({ route: wanted, nodeId, fingerprint }, signal) {
          const target = adopterByRoute.get(wanted);
          if (target === undefined) return Promise.resolve(meshErr('mesh/unreachable'));
          const [near, far] = createStreamPair();
          void target.adopt(far, { direction: 'inbound', address: route });
          const expected = { nodeId, fingerprint };
          return host.adopt(near, { direction: 'outbound', address: wanted, expected, signal });
        },
      };
      host.addRoutes(dialer);
      return host;
    },
  };
}

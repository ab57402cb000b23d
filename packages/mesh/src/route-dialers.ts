import type { RouteDialer } from './link-adopter.ts';

/** The ways of a host that are not its own transports; what `LinkAdopter.addRoutes` fills. */
export interface RouteDialers {
  /** Until the returned function is called. */
  add(dialer: RouteDialer): () => void;
  /** The first that dials `route`. */
  find(route: string): RouteDialer | undefined;
  /** The routes of all of them under which this node can be dialled now. */
  routes(): readonly string[];
}

/** None yet. */
export function createRouteDialers(): RouteDialers {
  const entries = new Set<{ readonly dialer: RouteDialer }>();
  return {
    add(dialer) {
      const entry = { dialer };
      entries.add(entry);
      return () => entries.delete(entry);
    },
    find: (route) => [...entries].find(({ dialer }) => dialer.dials(route))?.dialer,
    routes: () => [...entries].flatMap(({ dialer }) => dialer.routes()),
  };
}

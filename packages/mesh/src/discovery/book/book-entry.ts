import type { KeyFingerprint } from '../../node-id.ts';
import { networkGroup } from '../address/index.ts';

/**
 * Where a node was heard of (PIP-1005 §8). Addresses that came with a contact
 * or an invite are the person's: they lie in the vault and never here.
 */
export type PeerSource = 'user' | 'lan' | 'list' | 'bundle' | 'answer';

/** All sources, the most trusted first; the place is the bit in a row. */
export const peerSources: readonly PeerSource[] = ['user', 'lan', 'list', 'bundle', 'answer'];

/** A way to a node. */
export interface BookRoute {
  /** Without fingerprint, and without node id unless it is relayed. */
  readonly route: string;
  readonly source: PeerSource;
  /** A dial there has proven the fingerprint. */
  readonly isProven: boolean;
}

/** A node that was heard of. */
export interface BookEntry {
  readonly fingerprint: KeyFingerprint;
  /** 1 to 4, the proven ones first. */
  readonly routes: readonly BookRoute[];
  /** Milliseconds since 1970; of rows that were read from disk, the beginning of the day. */
  readonly firstMs: number;
  /** The last link that this node opened to it; 0 when there was none. */
  readonly successMs: number;
  /** Days on which such a link came up. */
  readonly provenDays: number;
  readonly triedMs: number;
  /** In a row, while other nodes could be reached. */
  readonly failures: number;
  /** Whoever told of it first: an answer's or bundle's node. In memory only. */
  readonly teller: string;
}

/** Most routes of an entry. */
export const maxRoutes = 4;

/** The most trusted source of an entry. */
export function bestSource({ routes }: BookEntry): PeerSource {
  return peerSources.find((source) => routes.some((one) => one.source === source)) ?? 'answer';
}

/** The network of the route that is dialled first. */
export function entryGroup({ routes }: BookEntry): string {
  return networkGroup(routes[0]?.route ?? '');
}

/** The addresses to dial, in order. */
export function entryAddresses({ fingerprint, routes }: BookEntry): readonly string[] {
  return routes.map(({ route }) => `${route}#${fingerprint}`);
}

/** With one more route: proven ones first, and no stranger's word pushes out a better one. */
export function withRoute(entry: BookEntry, added: BookRoute): BookEntry {
  const known = entry.routes.find(({ route }) => route === added.route);
  const better: BookRoute =
    known === undefined
      ? added
      : {
          route: added.route,
          source: rank(known.source) <= rank(added.source) ? known.source : added.source,
          isProven: known.isProven || added.isProven,
        };
  const others = entry.routes.filter((one) => one !== known);
  const sorted = [better, ...others].toSorted(
    (one, other) =>
      Number(other.isProven) - Number(one.isProven) || rank(one.source) - rank(other.source),
  );
  return { ...entry, routes: sorted.slice(0, maxRoutes) };
}

function rank(source: PeerSource): number {
  return peerSources.indexOf(source);
}

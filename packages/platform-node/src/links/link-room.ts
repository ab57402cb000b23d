import { ParsError } from '@pars/base';
import { sourceOf } from '@pars/mesh';

/** What is asked of a connection: which way it was opened, and from where. */
export interface PlacedConnection {
  readonly direction: 'inbound' | 'outbound';
  readonly remoteAddr: { toString(): string };
}

/** Shares the bound on links among the sources of inbound ones (PIP-1000 §8). */
export interface LinkRoom {
  /** Whether an inbound connection could be linked now. Nobody is displaced yet. */
  hasRoom(newcomer: PlacedConnection): boolean;
  /** The same for one that has proven its key; a link of the busiest source gives way if it must. */
  makeRoom(newcomer: PlacedConnection): boolean;
}

/** Room for `maxLinks`, as long as the newcomer's source has less than another one. */
export function createLinkRoom<Link extends PlacedConnection & { abort(error: Error): void }>(
  links: () => readonly Link[],
  maxLinks: number,
): LinkRoom {
  /** The links of the busiest source, if it has at least two more than the newcomer's. */
  function busierThan(newcomer: PlacedConnection): readonly Link[] | undefined {
    const linksBySource = new Map<string, Link[]>();
    for (const link of links()) {
      if (link.direction !== 'inbound') continue;
      const source = sourceOf(link.remoteAddr.toString());
      linksBySource.set(source, [...(linksBySource.get(source) ?? []), link]);
    }
    let busiest: readonly Link[] = [];
    for (const candidates of linksBySource.values()) {
      if (candidates.length > busiest.length) busiest = candidates;
    }
    const own = linksBySource.get(sourceOf(newcomer.remoteAddr.toString()))?.length ?? 0;
    return busiest.length > own + 1 ? busiest : undefined;
  }

  return {
    hasRoom: (newcomer) => links().length < maxLinks || busierThan(newcomer) !== undefined,
    makeRoom(newcomer) {
      if (links().length < maxLinks) return true;
      const newest = busierThan(newcomer)?.at(-1);
      newest?.abort(new ParsError('mesh/too-many-links'));
      return newest !== undefined;
    },
  };
}

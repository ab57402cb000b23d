import { ParsError } from '@pars/base';
import { findGivingWay, sourceOf } from '@pars/mesh';

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
  function givingWayTo(newcomer: PlacedConnection): Link | undefined {
    const inbound = links()
      .filter(({ direction }) => direction === 'inbound')
      .map((link) => ({ link, source: sourceOf(link.remoteAddr.toString()) }));
    return findGivingWay(inbound, sourceOf(newcomer.remoteAddr.toString()))?.link;
  }

  return {
    hasRoom: (newcomer) => links().length < maxLinks || givingWayTo(newcomer) !== undefined,
    makeRoom(newcomer) {
      if (links().length < maxLinks) return true;
      const newest = givingWayTo(newcomer);
      newest?.abort(new ParsError('mesh/too-many-links'));
      return newest !== undefined;
    },
  };
}

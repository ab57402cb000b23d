import { compareBytes } from '@pars/base';
import { bytesFromKey, bytesToKey } from '../byte-key.ts';
import type { VertexId } from '../vertex.ts';

/** A vertex and who signed it. */
export interface AuthoredVertex {
  /** 32 bytes: a device rather than a person. */
  readonly author: Uint8Array;
  readonly id: VertexId;
  readonly time: number;
}

/** Vertices of one author of which each knows the one before. */
export interface AuthorChain {
  readonly author: Uint8Array;
  readonly vertices: readonly { readonly id: VertexId; readonly time: number }[];
}

/**
 * Which authors signed concurrent vertices: a stolen or cheating device. It has
 * no say in what a document shows (PIP-1001 §9.3).
 */
export interface AuthorChains {
  /** Takes a vertex in, once all of its ancestors are. */
  admit(vertex: AuthoredVertex): Promise<void>;
  /** How many chains there are beyond one for each author, at most {@link MAX_FORKS} of one author. */
  readonly forks: number;
  list(): readonly AuthorChain[];
  /** Puts back what `list` gave; into an empty table only. */
  restore(chains: readonly AuthorChain[]): void;
}

/** So many forks of one author are told apart; a cheat could make each next one dearer than the last. */
export const MAX_FORKS = 64;

/** `includes(of, past)` says whether `past` is an ancestor of `of`. */
export function createAuthorChains(
  includes: (of: VertexId, past: VertexId) => Promise<boolean>,
): AuthorChains {
  const chainsByAuthor = new Map<string, Entry[][]>();

  /** The newest vertex of a chain that this one knows: one knows everything before some vertex, mostly all. */
  async function lastKnown(chain: readonly Entry[], { id, time }: Entry): Promise<number> {
    const knows = async (past: Entry) => past.time < time && (await includes(id, past.id));
    const last = chain.at(-1);
    if (last !== undefined && (await knows(last))) return chain.length - 1;
    let [low, high] = [0, chain.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (await knows(chain[middle] as Entry)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  return {
    async admit({ author, id, time }) {
      const chains = chainsByAuthor.get(bytesToKey(author)) ?? [];
      if (chains.length > MAX_FORKS) return;
      let newest: { readonly chain: Entry[]; readonly at: number } | undefined;
      for (const chain of chains) {
        const at = await lastKnown(chain, { id, time });
        const known = chain[at];
        if (known === undefined) continue;
        const before = newest?.chain[newest.at];
        // Of two of one time the greater id, so that every replica finds the same.
        const isNewer = before === undefined || compareEntries(before, known) < 0;
        if (isNewer) newest = { chain, at };
      }
      chainsByAuthor.set(bytesToKey(author), chains);
      if (newest !== undefined && newest.at === newest.chain.length - 1) {
        newest.chain.push({ id, time });
      } else {
        chains.push([{ id, time }]);
      }
    },
    get forks() {
      let forks = 0;
      for (const chains of chainsByAuthor.values()) forks += chains.length - 1;
      return forks;
    },
    list: () =>
      Array.from(chainsByAuthor, ([key, chains]) =>
        chains.map((vertices) => ({ author: bytesFromKey(key), vertices })),
      ).flat(),
    restore(saved) {
      for (const { author, vertices } of saved) {
        const key = bytesToKey(author);
        const chains = chainsByAuthor.get(key) ?? [];
        chainsByAuthor.set(key, chains);
        chains.push([...vertices]);
      }
    },
  };
}

interface Entry {
  readonly id: VertexId;
  readonly time: number;
}

function compareEntries(a: Entry, b: Entry): number {
  return a.time - b.time || compareBytes(a.id, b.id);
}

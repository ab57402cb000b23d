import { compareBytes, ParsError, uint32ToBytes, uint64FromBytes, utf8ToBytes } from '@pars/base';
import { bytesFromKey, bytesToKey } from '../byte-key.ts';
import type { HashDep, SpaceId, VertexId } from '../vertex.ts';

/** What the numbers of writers follow from. */
export interface WriterVertex {
  /** 32 bytes: whoever signed the vertex, a device rather than a person. */
  readonly author: Uint8Array;
  readonly id: VertexId;
  readonly time: number;
}

/**
 * Under which number of the engine each vertex is written (PIP-1001 §9): a
 * function of the set of vertices, not of the order in which they came. One
 * number may never stand for two concurrent vertices, whatever an author signs:
 * so the vertices of an author form chains, and each chain has a number.
 */
export interface WriterNumbers {
  /**
   * Takes a vertex in, once all of its ancestors are. `true`: numbers that were
   * given before have changed, so that the document must be built anew.
   */
  admit(vertex: WriterVertex): Promise<boolean>;
  /** The number of a vertex that was taken in. */
  numberOf(id: VertexId): bigint;
  /** How many chains there are beyond one for each author: proofs of authors that signed concurrent vertices. */
  readonly forks: number;
  /** Everything that {@link restore} needs. */
  list(): readonly WriterChains[];
  /** Puts back what `list` gave; into an empty table only. */
  restore(writers: readonly WriterChains[]): void;
}

/** The vertices of one author in ascending order of time and id. */
export interface WriterChains {
  readonly author: Uint8Array;
  readonly vertices: readonly {
    readonly id: VertexId;
    readonly time: number;
    readonly chain: number;
  }[];
}

/** `includes(of, past)` says whether `past` is an ancestor of `of`. */
export function createWriterNumbers(
  { hash }: HashDep,
  space: SpaceId,
  includes: (of: VertexId, past: VertexId) => Promise<boolean>,
): WriterNumbers {
  const authorByKey = new Map<string, AuthorChains>();
  const placeByVertex = new Map<string, { readonly author: string; readonly chain: number }>();
  const numberByOwner = new Map<string, bigint>();

  /** The first chain that a vertex can go on with, or a new one. */
  async function chainFor(id: VertexId, tips: readonly VertexId[]): Promise<number> {
    for (const [chain, tip] of tips.entries()) if (await includes(id, tip)) return chain;
    return tips.length;
  }

  async function place(author: AuthorChains, key: string, entry: WriterVertex): Promise<boolean> {
    const chain = await chainFor(entry.id, author.tips);
    author.tips[chain] = entry.id;
    const vertex = bytesToKey(entry.id);
    const before = placeByVertex.get(vertex);
    placeByVertex.set(vertex, { author: key, chain });
    return before !== undefined && before.chain !== chain;
  }

  function chainOf(id: VertexId): number {
    const at = placeByVertex.get(bytesToKey(id));
    if (at === undefined) throw new ParsError('dag/argument', { what: 'unknown vertex' });
    return at.chain;
  }

  /** Numbers for all chains, in the order of their owners. `true` when a chain that had one has another now. */
  function renumber(): boolean {
    const taken = new Set<bigint>();
    let hasChanged = false;
    for (const key of Array.from(authorByKey.keys()).toSorted()) {
      const chains = authorByKey.get(key)?.tips.length ?? 0;
      for (let chain = 0; chain < chains; chain += 1) {
        const owner = ownerOf(key, chain);
        const number = freeNumber(key, chain, taken);
        const before = numberByOwner.get(owner);
        if (before !== undefined && before !== number) hasChanged = true;
        numberByOwner.set(owner, number);
        taken.add(number);
      }
    }
    return hasChanged;
  }

  function freeNumber(author: string, chain: number, taken: ReadonlySet<bigint>): bigint {
    for (let attempt = 0; ; attempt += 1) {
      const digest = hash.sha3(
        LABEL,
        space,
        bytesFromKey(author),
        uint32ToBytes(chain),
        uint32ToBytes(attempt),
      );
      // The greatest number of 64 bits means something else to engines.
      const number = uint64FromBytes(digest) >> 1n;
      if (!taken.has(number)) return number;
    }
  }

  return {
    async admit(entry) {
      if (placeByVertex.has(bytesToKey(entry.id))) return false;
      const key = bytesToKey(entry.author);
      const author = authorByKey.get(key) ?? { entries: [], tips: [] };
      authorByKey.set(key, author);
      const chainsBefore = author.tips.length;
      const last = author.entries.at(-1);
      author.entries.push(entry);
      let hasChanged = false;
      if (last === undefined || compareEntries(last, entry) < 0) {
        await place(author, key, entry);
      } else {
        // Only somebody who signed concurrent vertices is here: what is sorted in between may shift the rest.
        author.entries.sort(compareEntries);
        const from = author.entries.indexOf(entry);
        author.tips.length = 0;
        for (const one of author.entries.slice(0, from)) author.tips[chainOf(one.id)] = one.id;
        for (const one of author.entries.slice(from)) {
          if (await place(author, key, one)) hasChanged = true;
        }
      }
      if (author.tips.length !== chainsBefore && renumber()) hasChanged = true;
      return hasChanged;
    },
    numberOf(id) {
      const at = placeByVertex.get(bytesToKey(id));
      const number = at && numberByOwner.get(ownerOf(at.author, at.chain));
      if (number === undefined) throw new ParsError('dag/argument', { what: 'unknown vertex' });
      return number;
    },
    get forks() {
      let forks = 0;
      for (const { tips } of authorByKey.values()) forks += Math.max(0, tips.length - 1);
      return forks;
    },
    list: () =>
      Array.from(authorByKey, ([key, { entries }]) => ({
        author: bytesFromKey(key),
        vertices: entries.map(({ id, time }) => ({ id, time, chain: chainOf(id) })),
      })),
    restore(writers) {
      for (const { author, vertices } of writers) {
        const key = bytesToKey(author);
        const chains: AuthorChains = { entries: [], tips: [] };
        authorByKey.set(key, chains);
        for (const { id, time, chain } of vertices) {
          chains.entries.push({ author, id, time });
          chains.tips[chain] = id;
          placeByVertex.set(bytesToKey(id), { author: key, chain });
        }
      }
      renumber();
    },
  };
}

interface AuthorChains {
  /** In the order of {@link compareEntries}. */
  readonly entries: WriterVertex[];
  /** The last vertex of each chain. */
  readonly tips: VertexId[];
}

const LABEL = utf8ToBytes('pars/1 document writer');

function ownerOf(author: string, chain: number): string {
  return `${author} ${chain}`;
}

function compareEntries(a: WriterVertex, b: WriterVertex): number {
  return a.time - b.time || compareBytes(a.id, b.id);
}

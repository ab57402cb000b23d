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

/** Vertices of one author of which each knows the one before. */
export interface WriterChain {
  readonly author: Uint8Array;
  /** The vertex that the chain is named by; absent for the chain that an honest author has. */
  readonly start?: VertexId | undefined;
  /** The author's vertex below the first one of this chain. */
  readonly previous?: VertexId | undefined;
  readonly vertices: readonly { readonly id: VertexId; readonly time: number }[];
}

/**
 * Under which number of the engine each vertex is written (PIP-1001 §9.3): a
 * function of the set of vertices, not of the order in which they came. One
 * number never stands for two concurrent vertices, whatever an author signs.
 */
export interface WriterNumbers {
  /**
   * Takes a vertex in, once all of its ancestors are. `true`: numbers that were
   * given before have changed, so that the document must be built anew. That
   * takes a vertex that its author signed twice on, at most once for each.
   */
  admit(vertex: WriterVertex): Promise<boolean>;
  /** The number of a vertex that was taken in. */
  numberOf(id: VertexId): bigint;
  /** How many chains there are beyond one for each author: proofs of authors that signed concurrent vertices. */
  readonly forks: number;
  /** Everything that `restore` needs. */
  list(): readonly WriterChain[];
  /** Puts back what `list` gave; into an empty table only. */
  restore(chains: readonly WriterChain[]): void;
}

/** `includes(of, past)` says whether `past` is an ancestor of `of`. */
export function createWriterNumbers(
  { hash }: HashDep,
  space: SpaceId,
  includes: (of: VertexId, past: VertexId) => Promise<boolean>,
): WriterNumbers {
  const chainsByAuthor = new Map<string, Chain[]>();
  const chainByVertex = new Map<string, Chain>();
  /** Own vertices right above an own vertex, or above none; by author and that vertex. */
  const childrenByPrevious = new Map<string, VertexId[]>();
  const chainByNumber = new Map<bigint, Chain>();

  function addChain(
    author: string,
    start: VertexId | undefined,
    previous: VertexId | undefined,
  ): Chain {
    const chain: Chain = { author, start, previous, vertices: [], number: -1n };
    const chains = chainsByAuthor.get(author) ?? [];
    chainsByAuthor.set(author, chains);
    chains.push(chain);
    return chain;
  }

  function append(chain: Chain, id: VertexId, time: number): void {
    chain.vertices.push({ id, time });
    chainByVertex.set(bytesToKey(id), chain);
  }

  /** The newest vertex of the same author that this one knows. */
  async function previousOf({ author, id, time }: WriterVertex): Promise<Entry | undefined> {
    let newest: Entry | undefined;
    for (const { vertices } of chainsByAuthor.get(bytesToKey(author)) ?? []) {
      const known = await lastKnown(vertices, id, time);
      if (known !== undefined && (newest === undefined || compareEntries(newest, known) < 0)) {
        newest = known;
      }
    }
    return newest;
  }

  /** Of a chain one knows everything up to some vertex; mostly all of it. */
  async function lastKnown(
    chain: readonly Entry[],
    id: VertexId,
    time: number,
  ): Promise<Entry | undefined> {
    const knows = async ({ id: past, time: then }: Entry) =>
      then < time && (await includes(id, past));
    const last = chain.at(-1);
    if (last !== undefined && (await knows(last))) return last;
    let [low, high] = [0, chain.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (await knows(chain[middle] as Entry)) low = middle + 1;
      else high = middle;
    }
    return chain[low - 1];
  }

  /** Ends a chain below `id` and names what follows by it. */
  function cut(id: VertexId, previous: VertexId | undefined): void {
    const chain = chainByVertex.get(bytesToKey(id)) as Chain;
    const from = chain.vertices.findIndex((entry) => compareBytes(entry.id, id) === 0);
    const rest = addChain(chain.author, id, previous);
    for (const entry of chain.vertices.splice(from)) append(rest, entry.id, entry.time);
    number(rest);
  }

  /** Gives a chain its number; `true` when another one had to give way. */
  function number(chain: Chain): boolean {
    chain.number = numberFor(chain, 0);
    if (!chainByNumber.has(chain.number)) {
      chainByNumber.set(chain.number, chain);
      return false;
    }
    return renumber();
  }

  /** Two chains want one number, by design of somebody: all choose anew, in one order everywhere. */
  function renumber(): boolean {
    chainByNumber.clear();
    let hasChanged = false;
    for (const chain of Array.from(chainsByAuthor.values()).flat().toSorted(compareChains)) {
      const before = chain.number;
      for (let attempt = 0; ; attempt += 1) {
        chain.number = numberFor(chain, attempt);
        if (!chainByNumber.has(chain.number)) break;
      }
      chainByNumber.set(chain.number, chain);
      if (before !== chain.number) hasChanged = true;
    }
    return hasChanged;
  }

  function numberFor({ author, start }: Chain, attempt: number): bigint {
    const parts = [bytesFromKey(author), start ?? NO_START, uint32ToBytes(attempt)];
    // 63 bits: greater numbers mean something else to engines.
    return uint64FromBytes(hash.sha3(LABEL, space, ...parts)) >> 1n;
  }

  return {
    async admit(vertex) {
      if (chainByVertex.has(bytesToKey(vertex.id))) return false;
      const author = bytesToKey(vertex.author);
      const previous = (await previousOf(vertex))?.id;
      const place = `${author} ${previous === undefined ? '' : bytesToKey(previous)}`;
      const children = childrenByPrevious.get(place) ?? [];
      childrenByPrevious.set(place, children);
      children.push(vertex.id);
      const [first] = children;
      if (first === vertex.id) {
        const below = previous === undefined ? undefined : chainByVertex.get(bytesToKey(previous));
        const chain = below ?? addChain(author, undefined, undefined);
        append(chain, vertex.id, vertex.time);
        return below === undefined && number(chain);
      }
      // Of several that go on with one vertex none may keep its number: which came first differs.
      if (children.length === 2) cut(first as VertexId, previous);
      const own = addChain(author, vertex.id, previous);
      append(own, vertex.id, vertex.time);
      return number(own) || children.length === 2;
    },
    numberOf(id) {
      const chain = chainByVertex.get(bytesToKey(id));
      if (chain === undefined) throw new ParsError('dag/argument', { what: 'unknown vertex' });
      return chain.number;
    },
    get forks() {
      let forks = 0;
      for (const chains of chainsByAuthor.values()) {
        forks += chains.filter(({ vertices }) => vertices.length > 0).length - 1;
      }
      return forks;
    },
    list: () =>
      Array.from(chainsByAuthor.values())
        .flat()
        .map(({ author, start, previous, vertices }) => ({
          author: bytesFromKey(author),
          start,
          previous,
          vertices,
        })),
    restore(chains) {
      for (const { author, start, previous, vertices } of chains) {
        const chain = addChain(bytesToKey(author), start, previous);
        let below = previous;
        for (const { id, time } of vertices) {
          append(chain, id, time);
          const place = `${chain.author} ${below === undefined ? '' : bytesToKey(below)}`;
          childrenByPrevious.set(place, [...(childrenByPrevious.get(place) ?? []), id]);
          below = id;
        }
      }
      renumber();
    },
  };
}

interface Entry {
  readonly id: VertexId;
  readonly time: number;
}

interface Chain {
  readonly author: string;
  readonly start: VertexId | undefined;
  readonly previous: VertexId | undefined;
  /** In ascending order of time. */
  readonly vertices: Entry[];
  number: bigint;
}

const LABEL = utf8ToBytes('pars/1 document writer');
const NO_START = new Uint8Array(32);

function compareEntries(a: Entry, b: Entry): number {
  return a.time - b.time || compareBytes(a.id, b.id);
}

function compareChains(a: Chain, b: Chain): number {
  if (a.author !== b.author) return a.author < b.author ? -1 : 1;
  return compareBytes(a.start ?? NO_START, b.start ?? NO_START);
}

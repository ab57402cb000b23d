import { bytesToKey } from '../byte-key.ts';
import type { Vertex, VertexId } from '../vertex.ts';

/**
 * Finds out which vertices of a page the other side holds, by few questions.
 * Whoever holds a vertex holds all before it, so one "yes" settles everything
 * below and one "no" everything above (PIP-1003 §13).
 */
export interface KnownSearch {
  /** Ids to ask about next, at most `most`; empty when all is settled. */
  questions(most: number): readonly VertexId[];
  /** Takes an answer. An id of no open question changes nothing. */
  learn(key: string, isHeld: boolean): void;
  /** What the other side lacks, in the order of the page. */
  lacking(): readonly Vertex[];
  /** Keys of what it holds. */
  held(): readonly string[];
}

/** How an earlier answer, or the source of a vertex, settles it. */
export type Verdict = 'held' | 'lacked' | undefined;

/** `vertices` are in causal order. `verdictOf` takes keys of ids, in the page or below it. */
export function createKnownSearch(
  vertices: readonly Vertex[],
  verdictOf: (key: string) => Verdict,
): KnownSearch {
  const places = new Map(vertices.map((vertex, place) => [bytesToKey(vertex.id), place]));
  const parents: number[][] = [];
  const children: number[][] = vertices.map(() => []);
  const verdicts: Verdict[] = vertices.map(() => undefined);
  let openCount = vertices.length;
  let round = 0;
  let hasHeld = false;

  for (const [place, vertex] of vertices.entries()) {
    const keys = vertex.parents.map(bytesToKey);
    const inside = keys.flatMap((key) => places.get(key) ?? []);
    parents.push(inside);
    for (const parent of inside) children[parent]?.push(place);
  }
  for (const [place, vertex] of vertices.entries()) {
    const own = verdictOf(bytesToKey(vertex.id));
    if (own !== undefined) settle(place, own);
    else if (vertex.parents.some((id) => isLackedBelow(bytesToKey(id)))) settle(place, 'lacked');
  }

  function isLackedBelow(key: string): boolean {
    return !places.has(key) && verdictOf(key) === 'lacked';
  }

  /** Everything below a held one is held, everything above a lacked one is lacked. */
  function settle(first: number, verdict: 'held' | 'lacked'): void {
    const next = verdict === 'held' ? parents : children;
    const open = [first];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (verdicts[place] !== undefined) continue;
      verdicts[place] = verdict;
      openCount -= 1;
      open.push(...(next[place] ?? []));
    }
  }

  function openPlaces(): readonly number[] {
    return vertices.flatMap((_, place) => (verdicts[place] === undefined ? [place] : []));
  }

  return {
    questions(most) {
      if (openCount === 0) return [];
      const open = openPlaces();
      round += 1;
      // Nothing held so far: then most likely nothing is, and the lowest ones settle it.
      const lowest = open.filter((place) =>
        (parents[place] ?? []).every((parent) => verdicts[parent] !== undefined),
      );
      const chosen =
        round === 1
          ? spread(open, Math.min(most, firstQuestions))
          : hasHeld
            ? spread(open, most)
            : lowest.slice(0, most);
      return chosen.flatMap((place) => vertices[place]?.id ?? []);
    },
    learn(key, isHeld) {
      const place = places.get(key);
      if (place === undefined || verdicts[place] !== undefined) return;
      if (isHeld) hasHeld = true;
      settle(place, isHeld ? 'held' : 'lacked');
    },
    lacking: () => vertices.filter((_, place) => verdicts[place] === 'lacked'),
    held: () => [...places].flatMap(([key, place]) => (verdicts[place] === 'held' ? [key] : [])),
  };
}

const firstQuestions = 24;

/** At most `count` of them at equal distances, the last one among them. */
function spread(places: readonly number[], count: number): readonly number[] {
  if (places.length <= count) return places;
  return Array.from({ length: count }, (_, at) => {
    return places[Math.floor(((at + 1) * places.length) / count) - 1] as number;
  });
}

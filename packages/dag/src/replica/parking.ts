import { bytesFromKey, bytesToKey } from '../byte-key.ts';
import type { Vertex, VertexId } from '../vertex.ts';

/** How much may wait for parents. Bytes count the encodings of the vertices. */
export interface ParkingLimits {
  /** In all. Default 8,192. */
  readonly vertices: number;
  /** In all. Default 16 MiB. */
  readonly bytes: number;
  /** From one source. Default 2,048. */
  readonly verticesPerSource: number;
  /** From one source, at least one vertex. Default 4 MiB. */
  readonly bytesPerSource: number;
}

/** The bounds of PIP-1001 §5. */
export const PARKING_LIMITS: ParkingLimits = {
  vertices: 8192,
  bytes: 16 * 1024 * 1024,
  verticesPerSource: 2048,
  bytesPerSource: 4 * 1024 * 1024,
};

/** A vertex that waits, and who brought it. */
export interface ParkedVertex {
  readonly vertex: Vertex;
  readonly source: string;
}

/** Vertices whose parents are not there yet. In memory: after a restart they are fetched again. */
export interface Parking {
  /** Keeps the vertex until all `missing` (one or more) are settled. Gives how many had to leave. */
  park(parked: ParkedVertex, missing: readonly VertexId[]): number;
  has(id: VertexId): boolean;
  /** The parent is there now: takes out those that wait for nothing else, in order of arrival. */
  settle(parent: VertexId): readonly ParkedVertex[];
  /** The parent was refused: takes out all that wait for it, directly or not. */
  abandon(parent: VertexId): readonly ParkedVertex[];
  /** Ids that somebody waits for and that are not parked themselves, at most `limit`. */
  missing(limit: number): readonly VertexId[];
  readonly vertexCount: number;
  readonly byteCount: number;
}

interface Entry extends ParkedVertex {
  readonly key: string;
  readonly missing: Set<string>;
}

interface SourceUse {
  /** In order of arrival. */
  readonly keys: Set<string>;
  byteCount: number;
}

/**
 * An empty parking. A source beyond its own share loses its oldest vertices;
 * when the whole is full, whoever holds most loses the oldest: nobody can
 * push out what others brought without bringing less than they did.
 */
export function createParking(limits: ParkingLimits): Parking {
  const entries = new Map<string, Entry>();
  const waiters = new Map<string, Set<string>>();
  const useBySource = new Map<string, SourceUse>();
  let byteCount = 0;

  function add(entry: Entry): void {
    entries.set(entry.key, entry);
    for (const parent of entry.missing) {
      const waiting = waiters.get(parent) ?? new Set();
      waiting.add(entry.key);
      waiters.set(parent, waiting);
    }
    const use = useBySource.get(entry.source) ?? { keys: new Set<string>(), byteCount: 0 };
    use.keys.add(entry.key);
    use.byteCount += entry.vertex.bytes.length;
    byteCount += entry.vertex.bytes.length;
    useBySource.set(entry.source, use);
  }

  function remove(entry: Entry): void {
    entries.delete(entry.key);
    for (const parent of entry.missing) {
      const waiting = waiters.get(parent);
      waiting?.delete(entry.key);
      if (waiting?.size === 0) waiters.delete(parent);
    }
    const use = useBySource.get(entry.source);
    if (use === undefined) return;
    use.keys.delete(entry.key);
    use.byteCount -= entry.vertex.bytes.length;
    byteCount -= entry.vertex.bytes.length;
    if (use.keys.size === 0) useBySource.delete(entry.source);
  }

  function removeOldest(use: SourceUse): void {
    const [oldest = ''] = use.keys;
    const entry = entries.get(oldest);
    if (entry !== undefined) remove(entry);
  }

  function heaviestUse(): SourceUse | undefined {
    const share = (use: SourceUse) =>
      Math.max(use.byteCount / limits.bytes, use.keys.size / limits.vertices);
    let heaviest: SourceUse | undefined;
    for (const use of useBySource.values()) {
      if (heaviest === undefined || share(use) > share(heaviest)) heaviest = use;
    }
    return heaviest;
  }

  /** Takes a waiter's edge away; gives the entry when it has no other. */
  function freeFrom(parent: string, key: string): Entry | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    entry.missing.delete(parent);
    return entry.missing.size === 0 ? entry : undefined;
  }

  return {
    park({ vertex, source }, missing) {
      add({
        vertex,
        source,
        key: bytesToKey(vertex.id),
        missing: new Set(missing.map(bytesToKey)),
      });
      const before = entries.size;
      const own = useBySource.get(source);
      while (own !== undefined && isOver(own.keys.size, own.byteCount, limits, 'PerSource')) {
        removeOldest(own);
      }
      while (isOver(entries.size, byteCount, limits, '')) {
        const heaviest = heaviestUse();
        if (heaviest === undefined) break;
        removeOldest(heaviest);
      }
      return before - entries.size;
    },
    has: (id) => entries.size > 0 && entries.has(bytesToKey(id)),
    settle(parent) {
      if (entries.size === 0) return [];
      const key = bytesToKey(parent);
      const waiting = waiters.get(key) ?? [];
      waiters.delete(key);
      const freed: ParkedVertex[] = [];
      for (const waiter of waiting) {
        const entry = freeFrom(key, waiter);
        if (entry === undefined) continue;
        remove(entry);
        freed.push(entry);
      }
      return freed;
    },
    abandon(parent) {
      const dropped: ParkedVertex[] = [];
      const open = [bytesToKey(parent)];
      for (let key = open.pop(); key !== undefined; key = open.pop()) {
        for (const waiter of [...(waiters.get(key) ?? [])]) {
          const entry = entries.get(waiter);
          if (entry === undefined) continue;
          remove(entry);
          dropped.push(entry);
          open.push(waiter);
        }
      }
      return dropped;
    },
    missing(limit) {
      const ids: VertexId[] = [];
      for (const key of waiters.keys()) {
        if (ids.length >= limit) break;
        if (!entries.has(key)) ids.push(bytesFromKey(key) as VertexId);
      }
      return ids;
    },
    get vertexCount() {
      return entries.size;
    },
    get byteCount() {
      return byteCount;
    },
  };
}

function isOver(
  vertices: number,
  bytes: number,
  limits: ParkingLimits,
  scope: 'PerSource' | '',
): boolean {
  return vertices > limits[`vertices${scope}`] || bytes > limits[`bytes${scope}`];
}

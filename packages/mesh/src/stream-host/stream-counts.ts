import type { NodeId } from '../mesh-host.ts';

/** Counts the streams of a protocol with a node, each way (PIP-1000 §8). */
export interface StreamCounts {
  /** Takes a place until `released` settles; `false` when none is free. */
  take(nodeId: NodeId, protocol: string, direction: 'in' | 'out', released: Promise<void>): boolean;
}

/** No streams yet; at most `maxPerProtocol` of a kind. */
export function createStreamCounts(maxPerProtocol: number): StreamCounts {
  const countByKey = new Map<string, number>();
  return {
    take(nodeId, protocol, direction, released) {
      const key = `${direction} ${nodeId} ${protocol}`;
      const count = countByKey.get(key) ?? 0;
      if (count >= maxPerProtocol) return false;
      countByKey.set(key, count + 1);
      void released.then(() => {
        const left = (countByKey.get(key) ?? 1) - 1;
        if (left > 0) countByKey.set(key, left);
        else countByKey.delete(key);
      });
      return true;
    },
  };
}

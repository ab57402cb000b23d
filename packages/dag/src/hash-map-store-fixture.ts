import { compareBytes, requireListLimit, type Store, type StoreEntry } from '@pars/base';
import { bytesFromKey, bytesToKey } from './byte-key.ts';

/**
 * A store in memory whose writes take constant time, for measuring what is above
 * it: the fake of `@pars/base` copies all its entries at every batch.
 */
export function createHashMapStore(): Store {
  const valueByKey = new Map<string, Uint8Array>();
  return {
    get: async (key) => valueByKey.get(bytesToKey(key)),
    async *list({ from, to, reverse = false, limit }) {
      const entries: StoreEntry[] = [];
      for (const [text, value] of valueByKey) {
        const key = bytesFromKey(text);
        if (from !== undefined && compareBytes(key, from) < 0) continue;
        if (to !== undefined && compareBytes(key, to) >= 0) continue;
        entries.push({ key, value });
      }
      entries.sort((a, b) => (reverse ? -1 : 1) * compareBytes(a.key, b.key));
      yield* entries.slice(0, requireListLimit(limit));
    },
    async write(batch) {
      for (const { key, value } of batch) {
        if (value === undefined) valueByKey.delete(bytesToKey(key));
        else valueByKey.set(bytesToKey(key), value.slice());
      }
    },
    async close() {
      valueByKey.clear();
    },
  };
}

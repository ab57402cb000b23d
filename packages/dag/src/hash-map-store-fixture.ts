import { requireListLimit, type Store } from '@pars/base';
import { bytesFromKey, bytesToKey } from './byte-key.ts';

/**
 * A store in memory whose writes take constant time, for measuring what is above
 * it: the fake of `@pars/base` copies all its entries at every batch.
 */
export function createHashMapStore(): Store {
  const valueByKey = new Map<string, Uint8Array>();
  /** Made when a range is asked for; a new key undoes it. */
  let sortedKeys: readonly string[] | undefined;
  return {
    get: async (key) => valueByKey.get(bytesToKey(key)),
    async *list({ from, to, reverse = false, limit }) {
      sortedKeys ??= Array.from(valueByKey.keys()).toSorted();
      const start = from === undefined ? 0 : placeOf(sortedKeys, bytesToKey(from));
      const end = to === undefined ? sortedKeys.length : placeOf(sortedKeys, bytesToKey(to));
      const most = Math.min(requireListLimit(limit), Math.max(0, end - start));
      const keys = reverse
        ? sortedKeys.slice(end - most, end).toReversed()
        : sortedKeys.slice(start, start + most);
      for (const key of keys) {
        const value = valueByKey.get(key);
        if (value !== undefined) yield { key: bytesFromKey(key), value };
      }
    },
    async write(batch) {
      for (const { key, value } of batch) {
        const text = bytesToKey(key);
        if (value === undefined || !valueByKey.has(text)) sortedKeys = undefined;
        if (value === undefined) valueByKey.delete(text);
        else valueByKey.set(text, value.slice());
      }
    },
    async close() {
      valueByKey.clear();
      sortedKeys = undefined;
    },
  };
}

/** How many keys are below this one. Of such keys code units are bytes, so their order is that of bytes. */
function placeOf(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

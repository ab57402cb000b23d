// What a realm that is about to die writes, and how its survivor looks at it.
import type { Store } from '@pars/base';
import { openIndexedStore } from '../storage/indexed-store.ts';

const KEYS = Array.from({ length: 10 }, (_, index) => new Uint8Array([index]));

/** Replaces ten values in one batch, again and again; announces each round that is safe. */
export async function writeBatchesForEver(
  name: string,
  announce: (round: number) => void,
): Promise<never> {
  const store = await openIndexedStore({ factory: indexedDB, name });
  for (let round = 1; ; round += 1) {
    const value = new Uint8Array(20_000).fill(round % 251);
    new DataView(value.buffer).setUint32(0, round);
    await store.write(KEYS.map((key) => ({ key, value })));
    announce(round);
  }
}

/** Throws unless all ten values are of one round, and of `safe` or a later one. Gives the round. */
export async function checkBatches(name: string, safe: number): Promise<number> {
  const store = await openIndexedStore({ factory: indexedDB, name });
  const rounds = new Set<number>();
  for (const key of KEYS) rounds.add(await roundOf(store, key));
  await store.close();
  const [round = 0] = rounds;
  if (rounds.size !== 1) throw new Error(`a torn batch: ${[...rounds].join()}`);
  if (round < safe) throw new Error(`lost a round that was safe: ${round} of ${safe}`);
  return round;
}

async function roundOf(store: Store, key: Uint8Array): Promise<number> {
  const value = await store.get(key);
  return value === undefined ? 0 : new DataView(value.buffer, value.byteOffset).getUint32(0);
}

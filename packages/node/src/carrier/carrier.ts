import {
  type BlobStore,
  type Clock,
  type Log,
  ParsError,
  type Random,
  type Scheduler,
  type Store,
  type StoreWrite,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import {
  openParcelStore,
  type ParcelBounds,
  type ParcelNetwork,
  type ParcelStore,
} from '@pars/mesh';
import { codeOf } from '../task-set.ts';
import { loadOrCreateCarrierKey } from './carrier-key.ts';

/** How much a node carries, and in which network. */
export interface CarrierOptions extends ParcelBounds {
  readonly network: ParcelNetwork;
}

/** How much is carried now. */
export interface CarriedAmount {
  readonly parcels: number;
  readonly bytes: number;
  readonly capacityBytes: number;
}

/** A parcel that came in; `source` is who brought it, `undefined` for the own person. */
export interface StoredParcel {
  readonly bytes: Uint8Array;
  readonly source: string | undefined;
}

/** The parcels that this node carries for itself and others, whether its person is there or not. */
export interface Carrier {
  readonly network: ParcelNetwork;
  /**
   * The store. It is opened when it is first needed, and anew after the disk
   * refused, so nobody keeps it for long. What the disk refuses is thrown as
   * `base/storage-failed`.
   */
  open(): Promise<ParcelStore>;
  amount(): Promise<CarriedAmount>;
  /** Calls `listener` for each parcel that was stored, until the returned function is called. */
  onStored(listener: (parcel: StoredParcel) => void): () => void;
}

/** A carrier over the store of the node; it disposes of nothing. */
export function createCarrier(
  deps: {
    readonly suite: Suite;
    readonly store: Store;
    readonly blobs: BlobStore;
    readonly clock: Clock;
    readonly random: Random;
    readonly scheduler: Scheduler;
    readonly log: Log;
  },
  options: CarrierOptions,
): Carrier {
  const { log, scheduler, store } = deps;
  const storeDeps = { ...deps, pause: () => scheduler.sleep(0) };
  const listeners = new Set<(parcel: StoredParcel) => void>();
  let opening: Promise<ParcelStore> | undefined;

  function open(): Promise<ParcelStore> {
    opening ??= openNow().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function openNow(): Promise<ParcelStore> {
    const { key, isNew } = await loadOrCreateCarrierKey(deps);
    if (isNew) await deleteRows(store);
    const opened = await openParcelStore(storeDeps, { ...options, key, prefix: PREFIX });
    if (opened.ok) return watch(opened.value);
    // Under a key that is gone nobody can read them, and copies lie elsewhere.
    log.write('warn', 'node/carried-parcels-lost', { code: opened.error.code });
    await deleteRows(store);
    const again = await openParcelStore(storeDeps, { ...options, key, prefix: PREFIX });
    if (!again.ok) throw new ParsError(again.error.code, again.error.meta ?? {});
    return watch(again.value);
  }

  /** The same store; it tells what it takes in, and is let go when the disk refuses. */
  function watch(inner: ParcelStore): ParcelStore {
    const guard = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if (codeOf(error) !== 'mesh/parcel-store-broken') throw error;
        opening = undefined;
        throw error instanceof ParsError && error.cause instanceof ParsError ? error.cause : error;
      }
    };
    const overrides: Pick<ParcelStore, 'put' | 'get' | 'find' | 'describe' | 'expire'> = {
      put: async (bytes, source, signal) => {
        const kept = await guard(() => inner.put(bytes, source, signal));
        if (kept.ok && kept.value === 'stored') tell({ bytes, source });
        return kept;
      },
      get: (id, signal) => guard(() => inner.get(id, signal)),
      find: (query, signal) => guard(() => inner.find(query, signal)),
      describe: (ids, signal) => guard(() => inner.describe(ids, signal)),
      expire: (signal) => guard(() => inner.expire(signal)),
    };
    return Object.assign(Object.create(inner) as ParcelStore, overrides);
  }

  function tell(parcel: StoredParcel): void {
    for (const listener of [...listeners]) {
      try {
        listener(parcel);
      } catch (error) {
        log.write('error', 'node/listener-failed', { code: codeOf(error) });
      }
    }
  }

  return {
    network: options.network,
    open,
    async amount() {
      const { count, sizeBytes } = await open();
      return { parcels: count, bytes: sizeBytes, capacityBytes: options.capacityBytes };
    },
    onStored(listener) {
      const entry = (parcel: StoredParcel) => listener(parcel);
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
  };
}

async function deleteRows(store: Store): Promise<void> {
  for (;;) {
    const batch: StoreWrite[] = [];
    const range = { from: PREFIX, to: PREFIX_END, limit: 256 };
    for await (const { key } of store.list(range)) batch.push({ key });
    if (batch.length === 0) return;
    await store.write(batch);
  }
}

const PREFIX = new TextEncoder().encode('pars-carried');
/** The last letter's successor ends the range. */
const PREFIX_END = new TextEncoder().encode('pars-carriee');

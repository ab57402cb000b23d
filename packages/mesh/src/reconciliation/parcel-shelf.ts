import type { Result } from '@pars/base';
import type { MeshFailure } from '../errors.ts';
import type { DayIds, ParcelId, ParcelStore } from '../parcel/index.ts';

/** What a sync needs of a store of parcels. */
export interface ParcelShelf {
  /** The ids of all parcels, as of the call: days ascending, ids ascending (PIP-1003 §1). */
  snapshot(): readonly DayIds[];
  /** A parcel, or `undefined` when it is not held any more. */
  read(id: ParcelId): Promise<Uint8Array | undefined>;
  /** Checks and keeps a parcel of the other side. */
  admit(parcel: Uint8Array): Promise<Result<'stored' | 'known', MeshFailure>>;
}

/** The shelf of a parcel store; `source` names the other side for its quota. */
export function shelfFromStore(store: ParcelStore, source: string): ParcelShelf {
  return {
    snapshot: () => store.snapshot(),
    read: (id) => store.get(id),
    admit: (parcel) => store.put(parcel, source),
  };
}

import { unwrap } from '@pars/base';
import { createRecordingLog } from '@pars/base/fakes';
import { createSuite } from '@pars/crypto';
import { createParcel, expirySlotFrom, type ParcelNetwork } from '@pars/mesh';
import { createCarrier, FIRST_NETWORK } from '@pars/node';
import {
  createFileBlobStore,
  createNodeCryptoProvider,
  createSqliteStore,
  dataFolderPaths,
  openDataFolder,
  systemClock,
  systemRandom,
  systemScheduler,
} from '@pars/platform-node';

/** For `PARS_FIXTURE_PUZZLE_BITS`: the real price of 1,000 parcels is minutes of work. */
export const CHEAP_PUZZLE_BITS: number = 8;

/** Puts `count` parcels of strangers, 1 KiB each, into a data folder that no node uses now. */
export async function stockParcels(folder: string, count: number): Promise<void> {
  const network: ParcelNetwork = { ...FIRST_NETWORK, puzzleBits: CHEAP_PUZZLE_BITS };
  using opened = unwrap(await openDataFolder(dataFolderPaths(folder)));
  const suite = createSuite({ provider: createNodeCryptoProvider(), random: systemRandom });
  const store = createSqliteStore(opened.paths.store);
  try {
    const carrier = createCarrier(
      {
        suite,
        store,
        blobs: await createFileBlobStore(opened.paths.blobs),
        clock: systemClock,
        scheduler: systemScheduler,
        random: systemRandom,
        log: createRecordingLog(),
      },
      { network, capacityBytes: 64 * 1_048_576, maxParcels: 65_536 },
    );
    const parcels = await carrier.open();
    const work = { symmetric: suite.symmetric, pause: async () => undefined };
    for (let made = 0; made < count; made += 1) {
      const expirySlot = expirySlotFrom(systemClock.nowMs(), 7 * 86_400_000, 'normal');
      const tag = systemRandom.bytes(32);
      const label = { tag, shard: 0, expirySlot, priority: 'normal' } as const;
      const parcel = unwrap(await createParcel(work, network, label, systemRandom.bytes(512)));
      unwrap(await parcels.put(parcel.bytes, `stranger ${made % 100}`));
    }
  } finally {
    await store.close();
  }
}

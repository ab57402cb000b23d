import { redact, unwrap } from '@pars/base';
import { createMemoryStore } from '@pars/base/fakes';
import {
  createParcel,
  createSyncAnswerer,
  expirySlotFrom,
  openParcelStore,
  type ParcelStore,
  parcelBodyLengths,
  runSync,
  shelfFromStore,
} from '@pars/mesh';
import { systemRandom } from '../crypto/system-random.ts';
import type { Libp2pHost } from './libp2p-host.ts';
import { nativeSuite, realClock, realScheduler } from './links-fixture.ts';

/** Over which the parcels of a bench are synced. */
export const syncProtocol = '/pars/bench-sync/1';
/** Over which as many bytes come bare. */
export const bulkProtocol = '/pars/bench-bulk/1';
export const parcelCount = 40;
export const parcelBytes = 262_144;

/** Puzzles of a millisecond: their price is for whoever makes a parcel, not for the sync. */
const network = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };
const largestBucket = parcelBodyLengths.length - 1;
const dayMs = 86_400_000;

/** Lets a host give 40 parcels of 256 KiB to whoever asks. */
export async function giveParcels(host: Libp2pHost): Promise<void> {
  const full = await openBenchStore();
  for (let number = 0; number < parcelCount; number += 1) {
    unwrap(await full.put(await makeParcel(number), 'own'));
  }
  const deps = { symmetric: nativeSuite.symmetric, random: systemRandom };
  host.handle(syncProtocol, async (stream) => {
    const shelf = shelfFromStore(full, 'b');
    const answerer = createSyncAnswerer(deps, { snapshot: () => shelf.snapshot() });
    unwrap(await runSync(answerer, stream, { shelf, scheduler: realScheduler }));
  });
  host.handle(bulkProtocol, async (stream) => {
    const piece = new Uint8Array(parcelBytes);
    for (let sent = 0; sent < parcelCount; sent += 1) await stream.write(piece);
    await stream.closeWrite();
  });
}

/** An empty store with sealed rows in memory. */
export async function openBenchStore(): Promise<ParcelStore> {
  const opened = await openParcelStore(
    { suite: nativeSuite, clock: realClock, store: createMemoryStore() },
    {
      network,
      key: redact(systemRandom.bytes(32)),
      prefix: Uint8Array.of(1),
      // A neighbour may fill a share of it only.
      capacityBytes: 2_147_483_648,
      maxParcels: 100_000,
    },
  );
  return unwrap(opened);
}

async function makeParcel(number: number): Promise<Uint8Array> {
  const work = {
    symmetric: nativeSuite.symmetric,
    pause: async () => undefined,
    extraLevel: 1,
  };
  const tag = new Uint8Array(32).fill(number);
  const expirySlot = expirySlotFrom(realClock.nowMs(), 3 * dayMs, 'normal');
  const body = new Uint8Array(parcelBodyLengths[largestBucket] ?? 0).fill(number + 1);
  const label = { tag, shard: 0, expirySlot, priority: 'normal' as const };
  return unwrap(await createParcel(work, network, label, body)).bytes;
}

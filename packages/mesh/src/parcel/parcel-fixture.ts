import { hash } from 'node:crypto';
import { redact, unwrap } from '@pars/base';
import {
  createMemoryStoreDisk,
  createSimulationRandom,
  createVirtualTime,
  type MemoryStoreDisk,
  type SimulationRandom,
  type VirtualTime,
} from '@pars/base/fakes';
import { createSuite, type Suite, type SymmetricPrimitives } from '@pars/crypto';
import { createJavaScriptProvider } from '@pars/crypto/provider';
import { createParcel, type Parcel } from './parcel.ts';
import type { ParcelNetwork } from './parcel-network.ts';
import type { ParcelPriority } from './parcel-priority.ts';
import { parcelBodyLengths } from './parcel-size.ts';
import { expirySlotFrom } from './parcel-time.ts';
import { checkPostage, type PostageWork } from './postage.ts';
import {
  openParcelStore,
  type ParcelStore,
  type ParcelStoreOptions,
} from './store/parcel-store.ts';

/** A network whose puzzles take a millisecond. */
export const testNetwork: ParcelNetwork = { shardBits: 8, puzzleBits: 8, leastLevel: 0 };
/** 2026-01-01 00:00 UTC, where virtual time begins. */
export const startMs = 1_767_225_600_000;
export const dayMs = 86_400_000;

/** Suite 1 with reproducible randomness, and Node's SHA3 for speed. */
export function createTestSuite(random: SimulationRandom): Suite {
  const provider = createJavaScriptProvider({ random });
  const symmetric: SymmetricPrimitives = {
    ...provider.symmetric,
    sha3: (...parts) => {
      const [only] = parts;
      const input = parts.length === 1 && only ? only : Buffer.concat(parts);
      return new Uint8Array(hash('sha3-256', input, 'buffer'));
    },
  };
  return createSuite({ provider: { ...provider, symmetric }, random });
}

/** What a test parcel differs in. */
export interface ParcelWish {
  readonly priority?: ParcelPriority;
  readonly bucket?: number;
  readonly lifetimeMs?: number;
  /** The exact level of its postage; without it, whatever the work gave. */
  readonly level?: number;
  readonly shard?: number;
  readonly nowMs?: number;
}

/** Makes parcels and stores; the same seed gives the same bytes. */
export interface ParcelFixture {
  readonly suite: Suite;
  readonly random: SimulationRandom;
  readonly time: VirtualTime;
  readonly disk: MemoryStoreDisk;
  readonly work: PostageWork;
  make(wish?: ParcelWish): Promise<Parcel>;
  /** Opens the store on the disk as a fresh process would. */
  open(options?: Partial<ParcelStoreOptions>): Promise<ParcelStore>;
}

export function createParcelFixture(seed: string): ParcelFixture {
  const random = createSimulationRandom(seed);
  const suite = createTestSuite(random.fork('suite'));
  const time = createVirtualTime();
  const disk = createMemoryStoreDisk();
  const work: PostageWork = { symmetric: suite.symmetric, pause: async () => undefined };
  return {
    suite,
    random,
    time,
    disk,
    work,
    async make(wish = {}) {
      const { priority = 'normal', bucket = 0, level } = wish;
      const { nowMs = time.clock.nowMs(), lifetimeMs = 3 * dayMs, shard = 0x5a00_0000 } = wish;
      const expirySlot = expirySlotFrom(nowMs, lifetimeMs, priority);
      const body = longBytes(random, parcelBodyLengths[bucket] ?? 0);
      for (;;) {
        const label = { tag: random.bytes(32), shard, expirySlot, priority };
        const paying = { ...work, extraLevel: level ?? 0 };
        const made = unwrap(await createParcel(paying, testNetwork, label, body));
        const paid = unwrap(checkPostage(suite.symmetric, testNetwork, made.header));
        if (level === undefined || paid === level) return made;
      }
    },
    async open(options = {}) {
      const deps = { suite, clock: time.clock, store: disk.open() };
      return unwrap(await openParcelStore(deps, { ...defaultOptions(), ...options }));
    },
  };
}

/** 4 MiB and 10,000 parcels under a key of sevens. */
export function defaultOptions(): ParcelStoreOptions {
  return {
    network: testNetwork,
    key: redact(new Uint8Array(32).fill(7)),
    prefix: Uint8Array.of(0x70),
    capacityBytes: 4 * 1_024 * 1_024,
    maxParcels: 10_000,
  };
}

/** A port gives 64 KiB at once. */
function longBytes(random: SimulationRandom, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    bytes.set(random.bytes(Math.min(65_536, length - at)), at);
  }
  return bytes;
}

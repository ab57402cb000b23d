import { concatBytes, redact, unwrap } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import type { ParcelEntry, ParcelId, ParcelNetwork, ParcelPriority } from '../../parcel/index.ts';
import { type Parcel, parcelFromBytes, parcelIds } from '../../parcel/parcel.ts';
import { createTestSuite } from '../../parcel/parcel-fixture.ts';
import { encodeParcelHeader } from '../../parcel/parcel-header.ts';
import { parcelBodyLengths } from '../../parcel/parcel-size.ts';
import type { RadioChannel } from './airtime.ts';
import type { RadioEffect } from './radio-effect.ts';
import type { RadioMemory } from './radio-memory.ts';
import { createRadioStation, type RadioOptions, type RadioStation } from './radio-station.ts';

/** A key of fives. */
export const testRadioKey: RadioOptions['key'] = redact(new Uint8Array(32).fill(5));
/** The sizes of the first network. */
export const radioNetwork: ParcelNetwork = { shardBits: 0, puzzleBits: 16, leastLevel: 0 };
/** A modem of packet radio. */
export const slowChannel: RadioChannel = {
  bitsPerSecond: 1_200,
  keyUpMs: 300,
  frameOverheadBytes: 8,
  dutyCycle: 1,
};

/** How a simulated station differs from the usual ones. */
export interface StationWish extends Partial<RadioOptions> {
  /** Every parcel that comes in gets this verdict. */
  readonly verdict?: 'kept' | 'refused' | 'failed';
  readonly memory?: RadioMemory;
}

/** A station, its store, and what happened to it. */
export interface SimulatedStation {
  readonly machine: RadioStation;
  readonly parcels: ReadonlyMap<string, Parcel>;
  /** Ids of parcels that another station said it has. */
  readonly taken: string[];
  /** When each parcel came in, in milliseconds. */
  readonly arrivals: ReadonlyMap<string, number>;
  readonly memory: () => RadioMemory | undefined;
  add(parcel: Parcel): void;
}

/** One frequency on which everybody hears everybody, if only one talks. */
export interface SimulatedAir {
  readonly nowMs: number;
  readonly random: SimulationRandom;
  createStation(wish?: StationWish): SimulatedStation;
  /** A parcel with the sizes of the first network, for whose postage nobody worked. */
  make(wish?: {
    readonly bucket?: number;
    readonly priority?: ParcelPriority;
    readonly hasToken?: boolean;
  }): Parcel;
  /** Runs until then, or until `isDone`. */
  run(forMs: number, isDone?: () => boolean): void;
  /** From now on the two do not hear each other. */
  separate(one: SimulatedStation, other: SimulatedStation): void;
  /** Every frame that was ever sent. */
  readonly frames: readonly Uint8Array[];
  /** Puts bytes on the air as a foreign transmitter does; `airMs` collides with everything. */
  jam(frame: Uint8Array, airMs: number): void;
}

interface Sent {
  readonly from: SimulatedStation | undefined;
  readonly frame: Uint8Array;
  readonly startMs: number;
  readonly endMs: number;
  isHit: boolean;
}

/** An air that loses one frame in `1 / loss` at each receiver, and all that overlap. */
export function createSimulatedAir(
  seed: string,
  options: { readonly loss: number; readonly channel?: RadioChannel },
): SimulatedAir {
  const random = createSimulationRandom(seed);
  const { symmetric } = createTestSuite(random.fork('suite'));
  const { channel = slowChannel, loss } = options;
  const stations: (SimulatedStation & {
    readonly apply: (effects: readonly RadioEffect[]) => void;
  })[] = [];
  const frames: Uint8Array[] = [];
  const separated: (readonly [SimulatedStation | undefined, SimulatedStation])[] = [];
  let onAir: Sent[] = [];
  let nowMs = 0;

  function createStation(wish: StationWish = {}): SimulatedStation {
    const { memory, verdict = 'kept', ...rest } = wish;
    const number = stations.length + 1;
    const start: RadioMemory = memory ?? { station: number, reservedTo: 0, heard: new Map() };
    const fork = random.fork(`station ${number}`);
    const settings = { network: radioNetwork, key: testRadioKey, channel, maxBucket: 5, ...rest };
    const machine = createRadioStation({ symmetric, random: fork }, settings, start, nowMs);
    const parcels = new Map<string, Parcel>();
    const arrivals = new Map<string, number>();
    const taken: string[] = [];
    let kept: RadioMemory | undefined;
    const self = {
      machine,
      parcels,
      arrivals,
      taken,
      memory: () => kept,
      add(parcel: Parcel) {
        parcels.set(parcelIds.toText(parcel.id), parcel);
        machine.added(entryOf(parcel), undefined);
      },
      apply(effects: readonly RadioEffect[]) {
        for (const effect of effects) carryOut(effect);
      },
    };

    function carryOut(effect: RadioEffect): void {
      switch (effect.kind) {
        case 'transmit':
          return transmit(effect.frames);
        case 'load':
          return self.apply(
            machine.loaded(effect.id, parcels.get(parcelIds.toText(effect.id))?.bytes, nowMs),
          );
        case 'parcel':
          return take(effect.id, effect.parcel, effect.station);
        case 'taken':
          taken.push(parcelIds.toText(effect.id));
          return;
        case 'remember':
          kept = effect.memory;
          return machine.remembered(effect.memory);
      }
    }

    function take(id: ParcelId, bytes: Uint8Array, from: number): void {
      const parcel = unwrap(parcelFromBytes(symmetric, radioNetwork, bytes));
      if (verdict === 'kept') {
        parcels.set(parcelIds.toText(id), parcel);
        arrivals.set(parcelIds.toText(id), nowMs);
        machine.added(entryOf(parcel), from);
      }
      machine.judged(id, verdict, nowMs);
    }

    function transmit(sent: readonly Uint8Array[]): void {
      let startMs = nowMs + channel.keyUpMs;
      for (const frame of sent) {
        const endMs =
          startMs + ((frame.length + channel.frameOverheadBytes) * 8_000) / channel.bitsPerSecond;
        put({ from: self, frame, startMs, endMs, isHit: false });
        startMs = endMs;
      }
    }

    stations.push(self);
    return self;
  }

  function put(sent: Sent): void {
    frames.push(sent.frame);
    for (const other of onAir) {
      if (other.from === sent.from) continue;
      if (other.startMs < sent.endMs && sent.startMs < other.endMs) {
        other.isHit = true;
        sent.isHit = true;
      }
    }
    onAir.push(sent);
  }

  function deliver(sent: Sent): void {
    for (const station of stations) {
      if (station === sent.from || sent.isHit) continue;
      const isDeaf = separated.some(([from, to]) => from === sent.from && to === station);
      if (isDeaf || random.below(1_000) < 1_000 * loss) continue;
      station.apply(station.machine.receive(sent.frame, nowMs));
    }
  }

  function nextMs(): number {
    const ends = onAir.map(({ endMs }) => endMs);
    return Math.min(...ends, ...stations.map(({ machine }) => machine.dueMs));
  }

  return {
    get nowMs() {
      return nowMs;
    },
    random,
    createStation,
    make: ({ bucket = 0, hasToken = false, priority = 'normal' } = {}) => {
      const body = concatBytes(
        ...Array.from({ length: Math.ceil((parcelBodyLengths[bucket] ?? 0) / 512) }, () =>
          random.bytes(512),
        ),
      );
      const { puzzleBits } = radioNetwork;
      const indices = Array.from({ length: 32 }, () => random.below(2 ** (puzzleBits + 1)));
      const token = {
        key: random.bytes(32),
        salt: random.bytes(15),
        signature: random.bytes(288),
      };
      const header = encodeParcelHeader(radioNetwork, {
        ...{ bucket, priority, expirySlot: 6_000_000, shard: 0, tag: random.bytes(32) },
        bodyHash: symmetric.sha3(body),
        postage: { nonce: random.below(1_000), indices, ...(hasToken ? { token } : {}) },
      });
      return unwrap(parcelFromBytes(symmetric, radioNetwork, concatBytes(header, body)));
    },
    run(forMs, isDone = () => false) {
      const untilMs = nowMs + forMs;
      while (!isDone()) {
        const next = Math.max(nowMs, nextMs());
        if (next > untilMs) {
          nowMs = untilMs;
          return;
        }
        nowMs = next;
        const ended = onAir.filter(({ endMs }) => endMs <= nowMs);
        onAir = onAir.filter(({ endMs }) => endMs > nowMs);
        for (const sent of ended) deliver(sent);
        for (const { apply, machine } of stations)
          if (machine.dueMs <= nowMs) apply(machine.tick(nowMs));
        // A machine that is due and does nothing would stand still.
        if (ended.length === 0) nowMs += 1;
      }
    },
    separate(one, other) {
      separated.push([one, other], [other, one]);
    },
    frames,
    jam(frame, airMs) {
      put({ from: undefined, frame, startMs: nowMs, endMs: nowMs + airMs, isHit: false });
    },
  };
}

/** What a store would say of it. */
export function entryOf({ bytes, header, id }: Parcel): ParcelEntry {
  const { expirySlot, priority, shard } = header;
  return { id, shard, expirySlot, priority, level: 0, sizeBytes: bytes.length };
}

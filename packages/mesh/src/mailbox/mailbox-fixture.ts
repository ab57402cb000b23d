import { hex, ok, unwrap } from '@pars/base';
import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import type { SymmetricPrimitives } from '@pars/crypto';
import {
  dayFromSlot,
  type Parcel,
  type ParcelId,
  parcelFromBytes,
  parcelHeaderLength,
} from '../parcel/index.ts';
import { createParcelFixture, type ParcelFixture, testNetwork } from '../parcel/parcel-fixture.ts';
import type { KeeperId } from './keeper-choice.ts';
import { keeperName } from './keeper-choice.ts';
import { createKeeperServer, type KeeperServer } from './keeper-server.ts';
import { firstMailboxes, type MailboxNetwork } from './mailbox-network.ts';
import { createShardRegister, type ShardRegister } from './shard-register.ts';

/** The test network with mailboxes. */
export const mailboxNetwork: MailboxNetwork = { ...testNetwork, mailbox: firstMailboxes };

/** A keeper with a store that takes everything. */
export interface TestKeeper {
  readonly id: KeeperId;
  readonly name: string;
  readonly server: KeeperServer;
  readonly register: ShardRegister;
  readonly held: Map<string, Parcel>;
  isResponsible: boolean;
  /** Puts a parcel in without asking anybody. */
  hold(parcel: Parcel, source?: string): void;
  lose(parcel: Parcel): void;
  /** What it answers, and which failures it reported. */
  ask(client: string, message: Uint8Array, nowMs?: number): TestAnswer;
}

export interface TestAnswer {
  readonly message: Uint8Array | undefined;
  readonly failures: readonly string[];
}

export interface MailboxFixture extends ParcelFixture {
  readonly symmetric: SymmetricPrimitives;
  createKeeper(id: KeeperId): TestKeeper;
  /** A parcel like this one with another body, and another tag unless that is given; its work was not done. */
  similar(parcel: Parcel, tag?: Uint8Array): Parcel;
}

/** Parcels and keepers; the same seed gives the same bytes. */
export function createMailboxFixture(seed: string): MailboxFixture {
  const fixture = createParcelFixture(seed);
  const { symmetric } = fixture.suite;
  return {
    ...fixture,
    symmetric,
    createKeeper: (id) => createKeeper(symmetric, id),
    similar(parcel, tag = fixture.random.bytes(32)) {
      const bytes = parcel.bytes.slice();
      bytes.set(fixture.random.bytes(32), parcelHeaderLength);
      bytes.set(tag, 12);
      bytes.set(symmetric.sha3(bytes.subarray(parcelHeaderLength)), 44);
      return unwrap(parcelFromBytes(symmetric, mailboxNetwork, bytes));
    },
  };
}

/** Fresh randomness under a name. */
export function randomOf(seed: string): SimulationRandom {
  return createSimulationRandom(seed);
}

function createKeeper(symmetric: SymmetricPrimitives, id: KeeperId): TestKeeper {
  const register = createShardRegister(mailboxNetwork);
  const server = createKeeperServer({ symmetric, network: mailboxNetwork, register, ownId: id });
  const held = new Map<string, Parcel>();
  const keyOf = (parcelId: ParcelId) => hex.encode(parcelId);
  const load = (shard: number, day: number) => {
    if (!register.isLoaded({ shard, day })) register.load({ shard, day }, []);
  };
  const keeper: TestKeeper = {
    id,
    name: keeperName(id),
    server,
    register,
    held,
    isResponsible: true,
    hold(parcel, source) {
      const { expirySlot, shard } = parcel.header;
      load(shard, dayFromSlot(expirySlot));
      held.set(keyOf(parcel.id), parcel);
      register.add(entryOf(parcel), source);
    },
    lose(parcel) {
      held.delete(keyOf(parcel.id));
    },
    ask(client, bytes, nowMs = 0) {
      const failures: string[] = [];
      let message: Uint8Array | undefined;
      const waiting = [...server.receive(client, bytes, nowMs)];
      for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
        if (effect.kind === 'answer') message = effect.message;
        else if (effect.kind === 'misbehaved') failures.push(effect.failure.code);
        else if (effect.kind === 'prepare') {
          load(effect.shardDay.shard, effect.shardDay.day);
          waiting.push(...server.prepared(effect.ticket, keeper.isResponsible));
        } else if (effect.kind === 'admit') {
          keeper.hold(effect.parcel, client);
          waiting.push(...server.admitted(effect.ticket, ok('stored')));
        } else {
          const parcels = effect.ids.map((one) => held.get(keyOf(one))?.bytes);
          waiting.push(...server.loaded(effect.ticket, parcels));
        }
      }
      return { message, failures };
    },
  };
  return keeper;
}

function entryOf({ bytes, header, id }: Parcel) {
  const { expirySlot, priority, shard, tag } = header;
  return { id, tag, shard, expirySlot, priority, level: 0, sizeBytes: bytes.length };
}

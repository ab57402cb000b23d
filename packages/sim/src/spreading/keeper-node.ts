import { ok } from '@pars/base';
import {
  createKeeperServer,
  createShardRegister,
  dayFromSlot,
  type KeeperEffect,
  type KeeperId,
  type KeeperServerDeps,
  keeperName,
  type Parcel,
  type ParcelId,
  parcelIds,
  type ShardDay,
  type ShardRegister,
} from '@pars/mesh';

/** A keeper whose store is a map. */
export interface KeeperNode {
  readonly id: KeeperId;
  readonly name: string;
  readonly register: ShardRegister;
  /** What it holds, by the text of the id. */
  readonly held: ReadonlyMap<string, Parcel>;
  /** What it answers; nothing to who breaks the rules. */
  answer(client: string, question: Uint8Array, nowMs: number): Uint8Array | undefined;
  read(id: ParcelId | undefined): Uint8Array | undefined;
  /** Loses what it took: receipts were given for it all the same. */
  forget(id: ParcelId): void;
}

/** A keeper of the shard days for which it is `responsible`, by default all. */
export function createKeeperNode(
  deps: Pick<KeeperServerDeps, 'symmetric' | 'network'>,
  id: KeeperId,
  responsible: (shardDay: ShardDay) => boolean = () => true,
): KeeperNode {
  const register = createShardRegister(deps.network, { maxShardDays: 1_024 });
  const server = createKeeperServer({ ...deps, register, ownId: id });
  const held = new Map<string, Parcel>();
  const read = (parcel: ParcelId | undefined) =>
    parcel === undefined ? undefined : held.get(parcelIds.toText(parcel))?.bytes;

  function prepare(shardDay: ShardDay): void {
    if (!register.isLoaded(shardDay)) register.load(shardDay, []);
  }

  function keep(parcel: Parcel, client: string): void {
    const { expirySlot, priority, shard, tag } = parcel.header;
    held.set(parcelIds.toText(parcel.id), parcel);
    prepare({ shard, day: dayFromSlot(expirySlot) });
    const sizeBytes = parcel.bytes.length;
    register.add({ id: parcel.id, tag, shard, expirySlot, priority, level: 0, sizeBytes }, client);
  }

  return {
    id,
    name: keeperName(id),
    register,
    held,
    read,
    forget(parcel) {
      held.delete(parcelIds.toText(parcel));
    },
    answer(client, question, nowMs) {
      let answer: Uint8Array | undefined;
      const waiting: KeeperEffect[] = [...server.receive(client, question, nowMs)];
      for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
        if (effect.kind === 'answer') answer = effect.message;
        else if (effect.kind === 'prepare') {
          const isOwn = responsible(effect.shardDay);
          if (isOwn) prepare(effect.shardDay);
          waiting.push(...server.prepared(effect.ticket, isOwn));
        } else if (effect.kind === 'admit') {
          keep(effect.parcel, client);
          waiting.push(...server.admitted(effect.ticket, ok('stored')));
        } else if (effect.kind === 'read') {
          waiting.push(...server.loaded(effect.ticket, effect.ids.map(read)));
        }
      }
      return answer;
    },
  };
}

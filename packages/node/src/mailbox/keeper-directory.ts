import { base32, compareBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import {
  type KeeperId,
  keeperName,
  type LinkPeer,
  type MailboxNetwork,
  type ShardDay,
  shardPlace,
} from '@pars/mesh';

/** A node that may keep parcels, and where it can be dialled. */
export interface KeeperContact {
  /** Fingerprint of its node key: 32 bytes. */
  readonly id: KeeperId;
  /** As `MeshHost.dial` takes them; the first that leads to this very node is used. */
  readonly addresses: readonly string[];
}

/** Who is near a place, as far as this node knows: discovery implements it (PIP-1006 §3). */
export interface KeeperDirectory {
  /**
   * The `count` nodes nearest to the place of 32 bytes that offer to keep parcels
   * and were seen lately, the nearest first. This node itself may or may not be
   * among them.
   */
  closest(place: Uint8Array, count: number): Promise<readonly KeeperContact[]>;
}

/** The responsible nodes of shard days, remembered for a while. */
export interface KeeperPlaces {
  /** The responsible ones but this node, the nearest first. */
  othersAt(shardDay: ShardDay): Promise<readonly KeeperContact[]>;
  /** Whether this node is among the responsible ones, as far as it knows. */
  isOwn(shardDay: ShardDay): Promise<boolean>;
}

/** Asks `directory` again after ten minutes; remembers at most 256 shard days. */
export function createKeeperPlaces(deps: {
  readonly symmetric: SymmetricPrimitives;
  readonly network: MailboxNetwork;
  readonly directory: KeeperDirectory;
  readonly ownId: KeeperId;
  readonly nowMs: () => number;
}): KeeperPlaces {
  const { directory, network, nowMs, ownId, symmetric } = deps;
  const { responsible } = network.mailbox;
  const own = keeperName(ownId);
  const known = new Map<string, Known>();

  function placeOf({ day, shard }: ShardDay): Uint8Array {
    return shardPlace(symmetric, shard, day);
  }

  async function lookUp(shardDay: ShardDay): Promise<readonly KeeperContact[]> {
    const name = `${shardDay.shard}/${shardDay.day}`;
    const remembered = known.get(name);
    if (remembered !== undefined && remembered.untilMs > nowMs()) return await remembered.contacts;
    known.delete(name);
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= MAX_KNOWN) known.delete(oldest);
    const contacts = directory
      .closest(placeOf(shardDay), responsible + 1)
      .then((list) => nearest(list, placeOf(shardDay)));
    known.set(name, { contacts, untilMs: nowMs() + KNOWN_FOR_MS });
    contacts.catch(() => known.delete(name));
    const list = await contacts;
    // Whoever knows nobody asks again soon.
    if (list.length === 0) known.delete(name);
    return list;
  }

  function nearest(list: readonly KeeperContact[], place: Uint8Array): readonly KeeperContact[] {
    const byName = new Map(list.map((contact) => [keeperName(contact.id), contact]));
    byName.delete(own);
    return [...byName.values()]
      .toSorted((one, other) => compareBytes(distance(one.id, place), distance(other.id, place)))
      .slice(0, responsible);
  }

  return {
    othersAt: lookUp,
    async isOwn(shardDay) {
      const others = await lookUp(shardDay);
      const last = others[responsible - 1];
      if (last === undefined) return true;
      const place = placeOf(shardDay);
      return compareBytes(distance(ownId, place), distance(last.id, place)) < 0;
    },
  };
}

/** The fingerprint of the node at the other end of a link. */
export function keeperIdOf(symmetric: SymmetricPrimitives, { nodeKey }: LinkPeer): KeeperId {
  return symmetric.sha3(nodeKey);
}

/** The 32 bytes of a fingerprint's text; `undefined` for what is none. */
export function keeperIdFromText(fingerprint: string): KeeperId | undefined {
  const bytes = base32.decode(fingerprint, { maxBytes: ID_BYTES });
  return bytes.ok && bytes.value.length === ID_BYTES ? bytes.value : undefined;
}

interface Known {
  readonly contacts: Promise<readonly KeeperContact[]>;
  readonly untilMs: number;
}

function distance(id: KeeperId, place: Uint8Array): Uint8Array {
  return id.map((byte, at) => byte ^ (place[at] ?? 0));
}

const ID_BYTES = 32;
const KNOWN_FOR_MS = 600_000;
const MAX_KNOWN = 256;

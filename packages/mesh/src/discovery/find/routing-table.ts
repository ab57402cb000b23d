import type { KeyFingerprint } from '../../node-id.ts';
import { type Endpoint, endpointGroup, ipToText } from '../address/index.ts';
import type { NodeContact } from './node-contact.ts';
import { compareDistance, sharedBits } from './place.ts';

/** The bounds of a table (PIP-1005 §5). */
export const tableBounds = {
  /** Nodes of a bucket: the k of Kademlia. */
  bucket: 20,
  /** Nodes of one /16 (IPv6: /32) in a bucket: a full one holds at least 5 networks. */
  groupInBucket: 4,
  /** Nodes of one network in the whole table. */
  groupInTable: 16,
  /** Nodes of one IP address in the whole table. */
  ipInTable: 2,
  /** Proven nodes that wait for a place in a bucket. */
  waiting: 8,
  /** A node goes after so many failures in a row. */
  failures: 3,
} as const;

/** A node whose fingerprint was proven at its endpoints. */
export interface TableEntry {
  readonly contact: NodeContact;
  /** Milliseconds of the caller's clock. */
  readonly seenMs: number;
  readonly failures: number;
}

/** What became of a proven node. */
export type TableVerdict =
  | 'listed'
  /** Its bucket is full: `oldest` should be asked whether it is still there. */
  | 'waiting'
  /** Too many of its network are there. */
  | 'refused';

/**
 * The nodes that this node would name to others, in buckets by how many
 * leading bits they share with it (PIP-1005 §5). Only what a dial has proven
 * is put in; who was there first stays.
 */
export interface RoutingTable {
  readonly size: number;
  /** Puts in a node that was just proven at these endpoints, or notes that it was. */
  prove(contact: NodeContact, nowMs: number): TableVerdict;
  /** Notes that it was heard of over a link. */
  see(fingerprint: KeyFingerprint, nowMs: number): void;
  /** Notes a failure; after three in a row the node is gone, and one that waited takes its place. */
  fail(fingerprint: KeyFingerprint): void;
  has(fingerprint: KeyFingerprint): boolean;
  /** Whether a node of this place and endpoint would find room, listed or waiting. */
  hasRoomFor(contact: NodeContact): boolean;
  /** The `count` nearest to the place that did not just fail, the nearest first. */
  closest(place: Uint8Array, count: number): readonly NodeContact[];
  /** The one of the bucket of `place` that was not heard of for longest. */
  oldestNear(place: Uint8Array): TableEntry | undefined;
  /** All entries, by bucket. */
  entries(): readonly TableEntry[];
  /** Leading bits of the buckets up to the deepest one in use: what a refresh goes through. */
  depth(): number;
}

interface Bucket {
  readonly listed: Map<KeyFingerprint, TableEntry>;
  readonly waiting: Map<KeyFingerprint, TableEntry>;
}

/** An empty table of the node with this place (32 bytes). */
export function createRoutingTable(own: Uint8Array): RoutingTable {
  const buckets = new Map<number, Bucket>();
  /** Listed nodes by network and by IP address. */
  const countByGroup = new Map<string, number>();
  let size = 0;

  function bucketOf(place: Uint8Array): Bucket {
    const bits = sharedBits(own, place);
    const bucket = buckets.get(bits) ?? { listed: new Map(), waiting: new Map() };
    buckets.set(bits, bucket);
    return bucket;
  }

  function countKeys({ endpoints }: NodeContact): readonly string[] {
    return [...new Set(endpoints.flatMap((one) => [endpointGroup(one), `ip ${ipToText(one.ip)}`]))];
  }

  function count(contact: NodeContact, by: number): void {
    for (const key of countKeys(contact)) {
      const left = (countByGroup.get(key) ?? 0) + by;
      if (left > 0) countByGroup.set(key, left);
      else countByGroup.delete(key);
    }
  }

  /** The networks' bounds; of the table, or of those who wait in a bucket. */
  function fits(
    contact: NodeContact,
    among: ReadonlyMap<KeyFingerprint, TableEntry>,
    least: number,
  ) {
    return contact.endpoints.every((endpoint) => {
      const group = endpointGroup(endpoint);
      let same = 0;
      for (const { contact: other } of among.values()) {
        if (other.endpoints.some((one) => endpointGroup(one) === group)) same += 1;
      }
      return same < least;
    });
  }

  function fitsTable(contact: NodeContact): boolean {
    return contact.endpoints.every(
      (endpoint) =>
        (countByGroup.get(endpointGroup(endpoint)) ?? 0) < tableBounds.groupInTable &&
        (countByGroup.get(`ip ${ipToText(endpoint.ip)}`) ?? 0) < tableBounds.ipInTable,
    );
  }

  function canList(contact: NodeContact, { listed }: Bucket): boolean {
    return (
      listed.size < tableBounds.bucket &&
      fits(contact, listed, tableBounds.groupInBucket) &&
      fitsTable(contact)
    );
  }

  function list(entry: TableEntry, { listed }: Bucket): void {
    listed.set(entry.contact.fingerprint, entry);
    count(entry.contact, 1);
    size += 1;
  }

  function unlist(fingerprint: KeyFingerprint, bucket: Bucket): void {
    const entry = bucket.listed.get(fingerprint);
    if (entry === undefined) return;
    bucket.listed.delete(fingerprint);
    count(entry.contact, -1);
    size -= 1;
  }

  /** The bucket in which the node stands; its place is in its fingerprint, but text is what callers have. */
  function find(fingerprint: KeyFingerprint): Bucket | undefined {
    for (const bucket of buckets.values()) {
      if (bucket.listed.has(fingerprint) || bucket.waiting.has(fingerprint)) return bucket;
    }
    return undefined;
  }

  function promote(bucket: Bucket): void {
    for (const entry of [...bucket.waiting.values()].toSorted((a, b) => b.seenMs - a.seenMs)) {
      if (!canList(entry.contact, bucket)) continue;
      bucket.waiting.delete(entry.contact.fingerprint);
      list(entry, bucket);
      return;
    }
  }

  /** An endpoint that was proven stays; the latest comes first. */
  function merge(known: NodeContact, proven: NodeContact): NodeContact {
    const isSame = (one: Endpoint, other: Endpoint) =>
      one.port === other.port && ipToText(one.ip) === ipToText(other.ip);
    const others = known.endpoints.filter(
      (one) =>
        !proven.endpoints.some((other) => isSame(one, other) || one.ip.length === other.ip.length),
    );
    return { ...proven, endpoints: [...proven.endpoints, ...others].slice(0, 3) };
  }

  return {
    get size() {
      return size;
    },
    prove(contact, nowMs) {
      const { fingerprint, place } = contact;
      if (compareDistance(own, place, own) === 0) return 'refused';
      const bucket = bucketOf(place);
      const known = bucket.listed.get(fingerprint);
      if (known !== undefined) {
        // Its new endpoints are judged like a newcomer's: a node does not move into a full network.
        unlist(fingerprint, bucket);
        const moved = merge(known.contact, contact);
        const stays = canList(moved, bucket) ? moved : known.contact;
        list({ contact: stays, seenMs: nowMs, failures: 0 }, bucket);
        return 'listed';
      }
      const entry = { contact, seenMs: nowMs, failures: 0 };
      if (canList(contact, bucket)) {
        bucket.waiting.delete(fingerprint);
        list(entry, bucket);
        return 'listed';
      }
      if (!fits(contact, bucket.listed, tableBounds.groupInBucket) || !fitsTable(contact))
        return 'refused';
      bucket.waiting.delete(fingerprint);
      if (!fits(contact, bucket.waiting, 2)) return 'refused';
      bucket.waiting.set(fingerprint, entry);
      const [first] = bucket.waiting.keys();
      if (bucket.waiting.size > tableBounds.waiting && first !== undefined)
        bucket.waiting.delete(first);
      return 'waiting';
    },
    see(fingerprint, nowMs) {
      const bucket = find(fingerprint);
      const entry = bucket?.listed.get(fingerprint);
      if (entry !== undefined)
        bucket?.listed.set(fingerprint, { ...entry, seenMs: nowMs, failures: 0 });
    },
    fail(fingerprint) {
      const bucket = find(fingerprint);
      if (bucket === undefined) return;
      bucket.waiting.delete(fingerprint);
      const entry = bucket.listed.get(fingerprint);
      if (entry === undefined) return;
      if (entry.failures + 1 < tableBounds.failures) {
        bucket.listed.set(fingerprint, { ...entry, failures: entry.failures + 1 });
        return;
      }
      unlist(fingerprint, bucket);
      promote(bucket);
    },
    has: (fingerprint) => find(fingerprint)?.listed.has(fingerprint) === true,
    hasRoomFor(contact) {
      const bucket = bucketOf(contact.place);
      return fits(contact, bucket.listed, tableBounds.groupInBucket) && fitsTable(contact);
    },
    closest(place, wanted) {
      const steady: NodeContact[] = [];
      for (const { listed } of buckets.values()) {
        for (const { contact, failures } of listed.values())
          if (failures === 0) steady.push(contact);
      }
      steady.sort((one, other) => compareDistance(place, one.place, other.place));
      return steady.slice(0, wanted);
    },
    oldestNear(place) {
      let oldest: TableEntry | undefined;
      for (const entry of bucketOf(place).listed.values()) {
        if (oldest === undefined || entry.seenMs < oldest.seenMs) oldest = entry;
      }
      return oldest;
    },
    entries: () => [...buckets.values()].flatMap(({ listed }) => [...listed.values()]),
    depth() {
      let deepest = 0;
      for (const [bits, { listed }] of buckets)
        if (listed.size > 0) deepest = Math.max(deepest, bits);
      return deepest;
    },
  };
}

import { hex } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import type { ParcelId } from '../parcel/index.ts';
import { createTestSuite } from '../parcel/parcel-fixture.ts';
import { chooseKeepers, mailboxShard, shardPlace } from './keeper-choice.ts';
import { encodeKeeperMessage } from './keeper-message.ts';
import { keeperProof } from './keeper-proof.ts';
import { sampleKeeper } from './keeper-sample-fixture.ts';
import { shardItemOf } from './shard-item.ts';
import { encodeRange, encodeSketch, scramble } from './shard-listing.ts';

/** A choice of keepers, items, listings, a proof and one message of every type, as frozen in mailbox.vectors.json. */
export interface MailboxRecording {
  readonly mailboxKey: string;
  readonly day: number;
  /** Shards of the mailbox on the day for 4, 12 and 32 bits. */
  readonly shards: readonly number[];
  readonly shard: number;
  readonly place: string;
  readonly known: readonly string[];
  /** The nearest seven. */
  readonly keepers: readonly string[];
  readonly parcels: readonly {
    readonly tag: string;
    readonly id: string;
    readonly bucket: number;
    readonly item: string;
    readonly scrambled: string;
  }[];
  readonly salt: string;
  /** 64 bytes of the listing of these parcels from the third item on. */
  readonly range: string;
  /** 16 symbols of their sketch. */
  readonly sketch: string;
  readonly challenge: string;
  readonly parcel: string;
  readonly proof: string;
  readonly messages: readonly { readonly type: string; readonly bytes: string }[];
}

/** Makes the recording again; the same on every run and platform. */
export function recordMailbox(): MailboxRecording {
  const random = createSimulationRandom('mailbox vectors');
  const { symmetric } = createTestSuite(random);
  const mailboxKey = random.bytes(32);
  const [shard, day] = [0x5a00_0000, 20_454];
  const known = Array.from({ length: 40 }, () => random.bytes(32));
  const place = shardPlace(symmetric, shard, day);
  const salt = new DataView(random.bytes(8).buffer).getBigUint64(0);
  const parcels = Array.from({ length: 6 }, (_, bucket) => {
    const [tag, id] = [random.bytes(32), random.bytes(32) as ParcelId];
    return { tag, id, bucket, item: shardItemOf(tag, id, bucket) };
  });
  const items = BigUint64Array.from(parcels.map(({ item }) => item)).sort();
  const [challenge, parcel] = [random.bytes(32), random.bytes(1_024)];
  const [keeper] = known;
  return {
    mailboxKey: hex.encode(mailboxKey),
    day,
    shards: [4, 12, 32].map((bits) => mailboxShard(symmetric, mailboxKey, day, bits)),
    shard,
    place: hex.encode(place),
    known: known.map((id) => hex.encode(id)),
    keepers: chooseKeepers(place, known, 7).map((id) => hex.encode(id)),
    parcels: parcels.map(({ bucket, id, item, tag }) => ({
      tag: hex.encode(tag),
      id: hex.encode(id),
      bucket,
      item: textOf(item),
      scrambled: textOf(scramble(item, salt)),
    })),
    salt: textOf(salt),
    range: hex.encode(encodeRange(items, items[2] ?? 0n, 64).listing),
    sketch: hex.encode(encodeSketch(items, salt, 256)),
    challenge: hex.encode(challenge),
    parcel: hex.encode(parcel),
    proof: hex.encode(keeperProof(symmetric, challenge, keeper ?? challenge, parcel)),
    messages: sampleKeeper.map((message) => ({
      type: message.type,
      bytes: hex.encode(encodeKeeperMessage(message)),
    })),
  };
}

function textOf(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

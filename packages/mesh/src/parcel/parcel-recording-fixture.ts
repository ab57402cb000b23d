import { hex, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createParcel } from './parcel.ts';
import { createTestSuite, startMs } from './parcel-fixture.ts';
import type { ParcelPriority } from './parcel-priority.ts';
import { parcelBodyLengths } from './parcel-size.ts';
import { dayFromSlot, expirySlotFrom } from './parcel-time.ts';
import { encodeReceipt, possessionOf } from './receipt.ts';
import { createTokenParcel, encodeToken, issueToken } from './token/parcel-token.ts';

/** A parcel and a receipt for it, as frozen in parcel.vectors.json. All bytes in hexadecimal. */
export interface ParcelRecording {
  readonly name: string;
  readonly network: {
    readonly shardBits: number;
    readonly puzzleBits: number;
    readonly leastLevel: number;
  };
  readonly priority: ParcelPriority;
  readonly expirySlot: number;
  readonly shard: number;
  readonly tag: string;
  readonly body: string;
  /** The whole parcel is header ‖ body. */
  readonly header: string;
  readonly id: string;
  readonly challenge: string;
  readonly receipt: string;
  /** The encoded token that paid. */
  readonly token?: string;
}

/** Makes the recordings again; the same on every run and platform. */
export async function recordParcels(): Promise<readonly ParcelRecording[]> {
  return [
    await recordParcel('plain', 16, 'normal', 0),
    await recordParcel('urgent', 8, 'emergency', 0),
    await recordParcel('large', 8, 'high', 1),
    await recordParcel('token', 8, 'normal', 0, true),
  ];
}

async function recordParcel(
  name: string,
  puzzleBits: number,
  priority: ParcelPriority,
  bucket: number,
  hasToken = false,
): Promise<ParcelRecording> {
  const random = createSimulationRandom(`parcel vectors ${name}`);
  const { symmetric } = createTestSuite(random);
  const network = { shardBits: 12, puzzleBits, leastLevel: 0 };
  const label = {
    tag: random.bytes(32),
    shard: 0xabc0_0000,
    expirySlot: expirySlotFrom(startMs, 86_400_000, priority),
    priority,
  };
  const body = random.bytes(parcelBodyLengths[bucket] ?? 0);
  const work = { symmetric, pause: async () => undefined };
  const use = { ...label, day: dayFromSlot(label.expirySlot), bucket };
  const token = hasToken ? await issueToken({ ...work, random }, network, use) : undefined;
  const parcel = unwrap(
    token === undefined
      ? await createParcel(work, network, label, body)
      : createTokenParcel(symmetric, network, token, label, body),
  );
  const challenge = random.bytes(32);
  const possession = possessionOf(symmetric, challenge, parcel.bytes);
  const claim = { id: parcel.id, kind: 'stored', untilSlot: label.expirySlot } as const;
  return {
    name,
    network,
    priority,
    expirySlot: label.expirySlot,
    shard: label.shard,
    tag: hex.encode(label.tag),
    body: hex.encode(body),
    header: hex.encode(parcel.bytes.subarray(0, 512)),
    id: hex.encode(parcel.id),
    challenge: hex.encode(challenge),
    receipt: hex.encode(encodeReceipt(symmetric, claim, possession)),
    ...(token === undefined ? {} : { token: hex.encode(encodeToken(token)) }),
  };
}

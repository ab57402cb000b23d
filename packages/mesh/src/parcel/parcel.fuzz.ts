import { compareBytes, concatBytes } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { parcelFromBytes } from './parcel.ts';
import { createParcelFixture, testNetwork } from './parcel-fixture.ts';
import { encodeParcelHeader } from './parcel-header.ts';
import { checkPostage } from './postage.ts';
import { decodeReceipt, encodeReceipt, isReceiptProven } from './receipt.ts';
import { decodePage, encodePage } from './store/entry-page.ts';
import { checkToken, decodeToken, encodeToken, issueToken } from './token/parcel-token.ts';

const fixture = createParcelFixture('parcel fuzzing');
const { symmetric } = fixture.suite;

/** Everything of a parcel that reads bytes of strangers or of a disk. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/parcel',
    corpus: async () => [(await fixture.make()).bytes, (await fixture.make({ bucket: 1 })).bytes],
    run: (input) => {
      const parcel = parcelFromBytes(symmetric, testNetwork, input);
      if (!parcel.ok) return;
      checkPostage(symmetric, testNetwork, parcel.value.header);
      const header = encodeParcelHeader(testNetwork, parcel.value.header);
      requireSame(concatBytes(header, parcel.value.body), input);
    },
  },
  {
    name: 'mesh/parcel-receipt',
    corpus: async () => {
      const { id } = await fixture.make();
      return (['carried', 'stored'] as const).map((kind) =>
        encodeReceipt(symmetric, { id, kind, untilSlot: 5 }, new Uint8Array(32)),
      );
    },
    run: (input) => {
      const receipt = decodeReceipt(input);
      const possession = new Uint8Array(32);
      if (receipt.ok && isReceiptProven(symmetric, receipt.value, possession)) {
        requireSame(encodeReceipt(symmetric, receipt.value, possession), input);
      }
    },
  },
  {
    name: 'mesh/parcel-entry-page',
    corpus: async () => {
      const { id, header, bytes } = await fixture.make();
      const { tag, shard, expirySlot, priority } = header;
      const entry = { id, tag, shard, expirySlot, priority, level: 3, sizeBytes: bytes.length };
      const stored = { ...entry, codeBegin: 5, tokenMark: new Uint8Array(8) };
      return [
        encodePage([]),
        encodePage([stored]),
        encodePage(Array.from({ length: 32 }, () => stored)),
      ];
    },
    run: (input) => {
      const entries = decodePage(input);
      if (entries !== undefined) requireSame(encodePage(entries), input);
    },
  },
  {
    name: 'mesh/parcel-token',
    corpus: async () => {
      const use = { day: 20_000, shard: 0, bucket: 0, priority: 'normal' } as const;
      const work = { ...fixture.work, random: fixture.random };
      return [encodeToken(await issueToken(work, testNetwork, use))];
    },
    run: (input) => {
      const token = decodeToken(testNetwork, input);
      if (!token.ok) return;
      checkToken(symmetric, testNetwork, token.value);
      requireSame(encodeToken(token.value), input);
    },
  },
];

function requireSame(written: Uint8Array, read: Uint8Array): void {
  if (compareBytes(written, read) !== 0) throw new Error('read, but not the one encoding');
}

import { compareBytes, concatBytes } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { createBundleFixture, piecesOf, smallLayout, testGroupKey } from './bundle-fixture.ts';
import { sessionFromSecret } from './bundle-head.ts';
import { readBundleAs } from './bundle-reader.ts';
import { type BundleRecord, decodeRecord, encodeRecord, kindNumbers } from './bundle-record.ts';
import { openStatement, sealStatement } from './bundle-statement.ts';
import { createChunkParser } from './chunk-parser.ts';

const fixture = await createBundleFixture('bundle fuzzing');
const group = { groupKeys: [testGroupKey(1)] };
const session = sessionFromSecret(fixture.deps, {
  fileKey: new Uint8Array(32),
  createdSlot: 1,
  expirySlot: 2,
});
const space = new Uint8Array(32).fill(9) as never;
const samples: readonly BundleRecord[] = [
  { kind: 'parcel', bytes: new Uint8Array(1_024) },
  { kind: 'vertex', space, bytes: new Uint8Array(50) },
  { kind: 'frontier', space, heads: [new Uint8Array(32) as never] },
  { kind: 'sketch', salt: new Uint8Array(16), count: 3, symbols: new Uint8Array(32) },
  { kind: 'peer', bytes: new Uint8Array(20) },
  { kind: 'snapshot', space, bytes: new Uint8Array(20) },
];

/** Everything of a bundle that reads bytes of strangers. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'mesh/bundle-file',
    corpus: async () => [await fixture.write(smallLayout, { recipients: group }, samples)],
    run: async (input) => {
      const source = piecesOf(input, 1_000);
      const events = await Array.fromAsync(readBundleAs(smallLayout, fixture.deps, group, source));
      const last = events.at(-1)?.kind;
      if (last !== 'end' && last !== 'failed') throw new Error('no last event');
    },
  },
  {
    name: 'mesh/bundle-record',
    corpus: async () =>
      samples.map((record) => {
        const content = encodeRecord(record);
        if (!content.ok) throw new Error(content.error.code);
        return concatBytes(Uint8Array.of(kindNumbers[record.kind]), content.value);
      }),
    run: (input) => {
      const record = decodeRecord(input[0] ?? 0, input.subarray(1));
      if (!record.ok) return;
      const again = encodeRecord(record.value);
      if (!again.ok || compareBytes(again.value, input.subarray(1)) !== 0) {
        throw new Error('read, but not the one encoding');
      }
    },
  },
  {
    name: 'mesh/bundle-statement',
    corpus: async () => [
      await sealStatement(fixture.deps, session, fixture.deps.exporter, {
        from: 3,
        hashes: [new Uint8Array(32)],
        rows: [{ chunk: 3, span: 1, kind: 3, space, idStart: new Uint8Array(8) }],
      }),
    ],
    run: async (input) => {
      await openStatement(fixture.deps, session, input);
    },
  },
  {
    name: 'mesh/bundle-chunk',
    corpus: async () => [concatBytes(new Uint8Array(5), Uint8Array.of(6, 0, 0, 0, 3, 1, 2, 3))],
    run: (input) => {
      const parser = createChunkParser(smallLayout);
      const plaintext = new Uint8Array(smallLayout.chunkLength - 16);
      plaintext.set(input.subarray(0, plaintext.length));
      for (let times = 0; times < 3; times += 1) parser.parse(plaintext);
    },
  },
];

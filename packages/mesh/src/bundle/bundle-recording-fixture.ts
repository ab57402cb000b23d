import { expose, hex, redact, utf8ToBytes } from '@pars/base';
import type { SpaceId, VertexId } from '@pars/dag';
import type { BundleOptions } from './bundle.ts';
import { bundleDayMs, createBundleFixture, testGroupKey } from './bundle-fixture.ts';
import { bundleLayout } from './bundle-layout.ts';
import { type BundleRecord, encodeRecord, kindNumbers } from './bundle-record.ts';

/** A bundle with keys that open it, as frozen in bundle.vectors.json. All bytes in hexadecimal. */
export interface BundleRecording {
  readonly groupKey: string;
  readonly passphrase: string;
  /** X25519 private key ‖ ML-KEM-1024 seed. */
  readonly contactSeed: string;
  readonly createdMs: number;
  readonly exporterKey: string;
  readonly records: readonly { readonly kind: number; readonly content: string }[];
  /** SHA3-256 of the file. */
  readonly fileHash: string;
  /** The file, in 64 parts of equal length, SHA3-256 each: says where two files begin to differ. */
  readonly partHashes: readonly string[];
  /** The first 27,456 bytes: the first head without its random filling. */
  readonly head: string;
}

/** Makes the bundle again; the same on every run and platform. */
export async function makeRecordedBundle(): Promise<{
  readonly recording: BundleRecording;
  readonly file: Uint8Array;
}> {
  const fixture = await createBundleFixture('bundle vectors');
  const { suite, random, time, deps } = fixture;
  const contactSeed = random.bytes(96);
  const contact = await suite.kem.privateKeyFromSeed(redact(contactSeed.slice()));
  const passphrase = redact(utf8ToBytes('correct horse'));
  const space = random.bytes(32) as SpaceId;
  const records: readonly BundleRecord[] = [
    { kind: 'frontier', space, heads: [random.bytes(32) as VertexId] },
    { kind: 'sketch', salt: random.bytes(16), count: 1, symbols: random.bytes(32) },
    { kind: 'vertex', space, bytes: random.bytes(150) },
    { kind: 'parcel', bytes: random.bytes(1_024) },
    { kind: 'snapshot', space, bytes: random.bytes(300) },
    { kind: 'peer', bytes: utf8ToBytes('somebody nearby') },
  ];
  const options: BundleOptions = {
    recipients: {
      groupKeys: [testGroupKey(1)],
      passphrases: [passphrase],
      contacts: [contact.publicKey],
    },
    lifetimeMs: 7 * bundleDayMs,
  };
  const createdMs = time.clock.nowMs();
  const file = await fixture.write(bundleLayout, options, records);
  const hashOf = (bytes: Uint8Array) => hex.encode(suite.symmetric.sha3(bytes));
  const part = file.length / 64;
  return {
    file,
    recording: {
      groupKey: hex.encode(expose(testGroupKey(1))),
      passphrase: hex.encode(expose(passphrase)),
      contactSeed: hex.encode(contactSeed),
      createdMs,
      exporterKey: hex.encode(deps.exporter.publicKey.bytes),
      records: records.map((record) => {
        const content = encodeRecord(record);
        if (!content.ok) throw new Error(content.error.code);
        return { kind: kindNumbers[record.kind], content: hex.encode(content.value) };
      }),
      fileHash: hashOf(file),
      partHashes: Array.from({ length: 64 }, (_, at) =>
        hashOf(file.subarray(at * part, (at + 1) * part)),
      ),
      head: hex.encode(file.subarray(0, 27_456)),
    },
  };
}

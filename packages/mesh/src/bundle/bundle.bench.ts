import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { unwrap } from '@pars/base';
import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createMemoryStoreDisk } from '@pars/base/fakes';
import type { SignaturePrimitive } from '@pars/crypto/provider';
import { openParcelStore } from '../parcel/index.ts';
import { createParcelFixture, defaultOptions } from '../parcel/parcel-fixture.ts';
import type { BundleOptions } from './bundle.ts';
import { bundleDayMs, createBundleFixture, testGroupKey } from './bundle-fixture.ts';
import { importBundle } from './bundle-import.ts';
import { readBundle } from './bundle-reader.ts';
import type { BundleRecord } from './bundle-record.ts';
import { writeBundle } from './bundle-writer.ts';

const mebibyte = 1_048_576;
/** `PARS_BUNDLE_MIB=2048` measures the size that is promised. */
const sizeMiB = Number(process.env['PARS_BUNDLE_MIB'] ?? 48);
const keys = { groupKeys: [testGroupKey(1)] };
const options: BundleOptions = { recipients: keys, lifetimeMs: bundleDayMs };

/** How fast bundles are written and read, with Node's AES and SHA3, and what memory that takes. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'mesh/bundle-format', run: measureFormat },
  { name: 'mesh/bundle-import', run: measureImport },
];

async function measureFormat(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [name, length] of [
    ['1KiB', 1_024],
    ['64KiB', 65_536],
  ] as const) {
    rows.push(...(await measureRecords(name, length)));
  }
  return rows;
}

/** Writes to nowhere and reads what is written at once: the file is never in memory. */
async function measureRecords(name: string, length: number): Promise<readonly BenchRow[]> {
  const { deps, random } = await createBundleFixture('bundle bench', { mlDsa87: nativeMlDsa87 });
  const content = random.bytes(length);
  const count = Math.floor((sizeMiB * mebibyte) / length);
  const id = random.bytes(32) as never;
  function* records(): Generator<BundleRecord, void> {
    for (let at = 0; at < count; at += 1) yield { kind: 'parcel', bytes: content, id };
  }
  const rssBefore = process.memoryUsage().rss;
  let rssMost = rssBefore;
  const watch = () => {
    rssMost = Math.max(rssMost, process.memoryUsage().rss);
  };

  // The first pass makes the code warm.
  const exported = await measured(async () => {
    let bytes = 0;
    for await (const part of writeBundle(deps, options, records())) {
      bytes += part.length;
      if (bytes % (64 * part.length) === 0) watch();
    }
    return bytes;
  });
  const both = await measured(async () => {
    let bytes = 0;
    const file = writeBundle(deps, options, records());
    for await (const event of readBundle(deps, keys, file)) {
      if (event.kind === 'chunk' && event.index % 64 === 0) watch();
      if (event.kind === 'end') bytes = event.bytes;
      if (event.kind === 'failed') throw new Error(event.failure.code);
    }
    return bytes;
  });
  const again = await measured(async () => {
    let bytes = 0;
    for await (const part of writeBundle(deps, options, records())) bytes += part.length;
    return bytes;
  });
  const plain = await measured(async () => {
    const chunk = new Uint8Array(65_536);
    const key = new Uint8Array(32);
    const nonce = new Uint8Array(12);
    for (let at = 0; at < exported.bytes; at += chunk.length) {
      deps.suite.symmetric.gcmSeal(key, nonce, chunk, nonce);
    }
    return exported.bytes;
  });
  const hashed = await measured(async () => {
    const chunk = new Uint8Array(65_536);
    for (let at = 0; at < exported.bytes; at += chunk.length) hash('sha3-256', chunk, 'buffer');
    return exported.bytes;
  });
  const writeMs = Math.min(exported.cpuMs, again.cpuMs);
  const readMs = Math.max(1, both.cpuMs - writeMs);
  const peer1 = {
    name: 'plain AES-256-GCM of the same bytes',
    value: rate(plain.bytes, plain.cpuMs),
  };
  const speed = (what: string, bytes: number, cpuMs: number): BenchRow => ({
    name: `mesh/bundle-${what}-${name}-records/cpu`,
    value: rate(bytes, cpuMs),
    unit: 'MB/s',
    peer: peer1,
    ratio: cpuMs / plain.cpuMs,
    target: { of: 'value', atLeast: 100 },
  });
  return [
    speed('write', exported.bytes, writeMs),
    speed('read', exported.bytes, readMs),
    {
      name: `mesh/bundle-write-${name}-records/wall`,
      value: rate(again.bytes, again.wallMs),
      unit: 'MB/s',
    },
    {
      name: 'mesh/bundle-chunk-hash/sha3-256',
      value: rate(hashed.bytes, hashed.cpuMs),
      unit: 'MB/s',
    },
    { name: `mesh/bundle-size-${name}-records`, value: exported.bytes / mebibyte, unit: 'MB' },
    {
      name: `mesh/bundle-memory-growth-${name}-records/rss`,
      value: (rssMost - rssBefore) / mebibyte,
      unit: 'MB',
      target: { of: 'value', atMost: 64 },
    },
  ];
}

/** Parcels of 1 KiB with their postage into a store in memory: admission is what takes the time. */
async function measureImport(): Promise<readonly BenchRow[]> {
  const parcels = createParcelFixture('bundle import bench');
  const { deps } = await createBundleFixture('bundle import bench', { mlDsa87: nativeMlDsa87 });
  const records: BundleRecord[] = [];
  for (let at = 0; at < 400; at += 1) {
    records.push({ kind: 'parcel', bytes: (await parcels.make()).bytes });
  }
  const store = unwrap(
    await openParcelStore(
      { suite: parcels.suite, clock: parcels.time.clock, store: createMemoryStoreDisk().open() },
      { ...defaultOptions(), capacityBytes: 64 * mebibyte },
    ),
  );
  const first = await measured(async () => {
    const file = writeBundle(deps, options, records);
    const report = unwrap(await importBundle(deps, { parcels: store }, keys, file));
    if (report.parcels.stored !== records.length) throw new Error('parcels are missing');
    return records.length * 1_024;
  });
  const second = await measured(async () => {
    const file = writeBundle(deps, options, records);
    unwrap(await importBundle(deps, { parcels: store }, keys, file));
    return records.length * 1_024;
  });
  return [
    {
      name: 'mesh/bundle-import-new-1KiB-parcels/js-store-crypto',
      value: rate(first.bytes, first.wallMs),
      unit: 'MB/s',
    },
    {
      name: 'mesh/bundle-import-known-1KiB-parcels/js-store-crypto',
      value: rate(second.bytes, second.wallMs),
      unit: 'MB/s',
    },
  ];
}

/** ML-DSA-87 of OpenSSL, as the platform gives it: there is one signature for 60 chunks. */
const nativeKeys = new WeakMap<object, KeyObject>();
const asymmetricKeyType = 'ml-dsa-87';
const nativeMlDsa87: SignaturePrimitive = {
  async signerFromSeed(seed) {
    const key = createPrivateKey({ key: seed, format: 'raw-seed', asymmetricKeyType });
    const bytes = new Uint8Array(createPublicKey(key).export({ format: 'raw-public' }));
    const signer = { publicKey: (await nativeMlDsa87.verifierFromBytes(bytes)) ?? { bytes } };
    nativeKeys.set(signer, key);
    return signer;
  },
  async verifierFromBytes(bytes) {
    const verifier = { bytes };
    nativeKeys.set(
      verifier,
      createPublicKey({ key: bytes, format: 'raw-public', asymmetricKeyType }),
    );
    return verifier;
  },
  sign: async (signer, message) =>
    new Uint8Array(sign(null, message, nativeKeys.get(signer) as KeyObject)),
  verify: async (verifier, message, signature) =>
    verify(null, message, nativeKeys.get(verifier) as KeyObject, signature),
};

interface Measured {
  readonly bytes: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Processor time of this process beside wall time: other programs share the machine. */
async function measured(work: () => Promise<number>): Promise<Measured> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const bytes = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { bytes, wallMs: performance.now() - start, cpuMs: (user + system) / 1_000 };
}

function rate(bytes: number, ms: number): number {
  return bytes / 1_000_000 / (ms / 1_000);
}

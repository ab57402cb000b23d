import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BundleExported, BundleImported, BundleInspected } from '@pars/api';
import { base64url, concatBytes, type Failure, ok, type Result, unwrap } from '@pars/base';
import { endpointFromRoute, makeNodeRecord, readNodeRecord } from '@pars/mesh';
import { createPostOffice, type Person } from '../correspondence/post-office-fixture.ts';
import { createBundleExport } from './bundle-export.ts';
import { bundleKeysOf, createBundleImport, createBundleInspect } from './bundle-intake.ts';
import { createNodeHearing, type HearRecord } from './node-hearing.ts';

const PIECE_BYTES = 262_144;
const ROUTE = '/ip4/44.1.0.1/tcp/4001';
const { signal } = new AbortController();

describe('a bundle that tells where its node can be reached', () => {
  test('is heard by whoever opens it, unlocked or not, and counted as one more part', async () => {
    const { ana, bob, exportTo, heard, importTo, inspect, record } = await meet('named');
    const plain = await exportTo(ana, bob);
    const named = await exportTo(ana, bob, async () => record);
    assert.equal(plain.exported.namesNode, undefined);
    assert.equal(named.exported.namesNode, true);
    const [before, after] = [await inspect(plain.file), await inspect(named.file)];
    assert.equal(after.others, before.others + 1);
    assert.equal(after.parcels, before.parcels);

    const imported = await importTo(bob, named.file);
    assert.deepEqual([imported.nodes, imported.unplaced, imported.refused], [1, 0, []]);
    assert.deepEqual(heard, [record]);
    const without = await importTo(bob, plain.file);
    assert.deepEqual([without.nodes, without.unplaced], [undefined, 0]);
  });

  test('a node without a part in the mesh has no use for it', async () => {
    const { ana, bob, exportTo, importTo, record } = await meet('unplaced');
    const { file } = await exportTo(ana, bob, async () => record);
    const imported = await importTo(bob, file, 'nothing');
    assert.deepEqual([imported.nodes, imported.unplaced], [undefined, 1]);
  });

  test('says nothing of a node that has no public address', async () => {
    const { ana, bob, exportTo } = await meet('phone');
    const { exported } = await exportTo(ana, bob, async () => undefined);
    assert.equal(exported.namesNode, undefined);
  });

  test('a record that somebody changed is refused by its code', async () => {
    const { ana, bob, exportTo, heard, importTo, record } = await meet('forged');
    const forged = record.with(record.length - 1, (record.at(-1) ?? 0) ^ 1);
    const { file } = await exportTo(ana, bob, async () => forged);
    const imported = await importTo(bob, file);
    assert.deepEqual(imported.refused, [{ code: 'mesh/bad-node-record', count: 1 }]);
    assert.deepEqual([imported.nodes, heard], [undefined, []]);
  });
});

test('of the records of one bundle 64 are read', async () => {
  let asked = 0;
  const hear = createNodeHearing(async () => {
    asked += 1;
    return ok(undefined);
  });
  const outcomes: unknown[] = [];
  for (let at = 0; at < 70; at += 1) {
    outcomes.push(unwrap(await hear({ kind: 'peer', bytes: Uint8Array.of(at) })));
  }
  assert.equal(asked, 64);
  assert.deepEqual(outcomes.slice(62, 66), ['stored', 'stored', 'unplaced', 'unplaced']);
});

/** Ana and Bob, a record of a node, and what was heard of nodes. */
async function meet(seed: string) {
  const office = createPostOffice(seed);
  const { during, suite, time } = office;
  const ana = await office.createPerson('ana');
  const bob = await office.createPerson('bob');
  await office.introduce(ana, bob);
  const signer = await suite.signature.signerFromSeed(suite.signature.generateSeed());
  const endpoint = endpointFromRoute(ROUTE) ?? assert.fail();
  const made = await makeNodeRecord(suite, signer, [endpoint], time.clock.nowMs());
  const record = made ?? assert.fail();
  const heard: Uint8Array[] = [];

  async function hearRecord(bytes: Uint8Array): Promise<Result<void, Failure>> {
    const read = await readNodeRecord(suite, bytes, time.clock.nowMs());
    if (!read.ok) return read;
    heard.push(bytes);
    return ok(undefined);
  }

  async function exportTo(
    from: Person,
    to: Person,
    ownRecord?: () => Promise<Uint8Array | undefined>,
  ): Promise<{ readonly file: Uint8Array; readonly exported: BundleExported }> {
    const { carrier, deps, post, profile } = from;
    const person = { profile, post };
    const shared = { person, packs: false, to: [to.identity.sessionId], ownRecord };
    const request = { ...shared, passphrase: undefined, maxBytes: undefined };
    const one = createBundleExport(deps, carrier, request, signal);
    const pieces: Uint8Array[] = [];
    for (let isDone = false; !isDone; ) {
      const piece = unwrap(await during(one.read()));
      pieces.push(unwrap(base64url.decode(piece.data, { maxBytes: 2 ** 20 })));
      isDone = piece.done;
    }
    return { file: concatBytes(...pieces), exported: unwrap(await during(one.finish())) };
  }

  async function importTo(
    { carrier, deps, profile }: Person,
    file: Uint8Array,
    hears: 'records' | 'nothing' = 'records',
  ): Promise<BundleImported> {
    const keys = bundleKeysOf(profile, undefined);
    const hearing: { readonly hearRecord?: HearRecord } = hears === 'records' ? { hearRecord } : {};
    // Nobody is unlocked, as if a passphrase had opened it.
    const request = { keys, person: undefined, ...hearing };
    const one = createBundleImport(deps, carrier, request, signal);
    await writeAll(one, file);
    return unwrap(await during(one.finish()));
  }

  async function inspect(file: Uint8Array): Promise<BundleInspected> {
    const one = createBundleInspect(bob.deps, bundleKeysOf(bob.profile, undefined), signal);
    await writeAll(one, file);
    return unwrap(await during(one.finish()));
  }

  async function writeAll(
    one: Pick<ReturnType<typeof createBundleInspect>, 'write'>,
    file: Uint8Array,
  ): Promise<void> {
    for (let start = 0; start < file.length; start += PIECE_BYTES) {
      const data = base64url.encode(file.subarray(start, start + PIECE_BYTES));
      unwrap(await during(one.write(data)));
    }
  }

  return { ana, bob, record, heard, exportTo, importTo, inspect };
}

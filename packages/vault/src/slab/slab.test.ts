import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import type { Media } from '../media.ts';
import { createWorld, inTime, PASSWORDS, unlockWorld, type World } from '../vault-fixture.ts';
import { createVaultSession, TICK_MS } from '../vault-session.ts';
import { createSlab, openSlab, openSlabWith } from './open-slab.ts';
import type { ChunkRef, SlabVolume } from './slab.ts';
import {
  type Books,
  chunkOf,
  createSlabMedia,
  openPair,
  put,
  readChunk,
  SMALL_SLAB,
} from './slab-fixture.ts';
import { maxChunksOf, slabBytes, slabWindowBytes, slabWindowOffset } from './slab-geometry.ts';
import { findEntries, openChunk, slabCellOf } from './slab-window.ts';

function noBooks(): Books {
  return [new Map(), new Map()];
}

/** Every chunk that any of these keys opens anywhere in the image. */
function readableWith(
  world: World,
  image: Uint8Array,
  maskKey: Uint8Array,
  refs: ChunkRef[],
): number {
  const { symmetric } = world.deps.suite;
  let count = 0;
  for (let window = -1; window < SMALL_SLAB.windows; window += 1) {
    const start = slabWindowOffset(SMALL_SLAB, window);
    const bytes = image.subarray(start, start + slabWindowBytes(SMALL_SLAB));
    for (const [slot, entry] of findEntries(symmetric, maskKey, bytes)) {
      for (const { key } of refs) {
        const cell = slabCellOf(SMALL_SLAB, bytes, slot);
        if (openChunk(symmetric, SMALL_SLAB, cell, entry, key) !== undefined) count += 1;
      }
    }
  }
  return count;
}

describe('slab', () => {
  test('a chunk can be read at once, is durable after its flush, and is there after the next unlock', async () => {
    const world = await createWorld('slab');
    const media = await createSlabMedia(world);
    const books = noBooks();
    const pair = await openPair(world, media, 'hidden', books);
    let durable = 0;
    for (let at = 0; at < 20; at += 1) {
      void put(pair, 0, `decoy ${at}`, books).then(() => (durable += 1));
      if (at < 10) void put(pair, 1, `hidden ${at}`, books).then(() => (durable += 1));
    }
    assert.equal(await readChunk(pair, 0, books[0].get('decoy 19') as ChunkRef), 'decoy 19');
    const volume = pair.slab.volumes[0] as SlabVolume;
    const progress: number[] = [];
    for (let flush = 0; flush < 5; flush += 1) {
      progress.push(volume.waiting());
      await pair.flush();
    }
    assert.deepEqual(progress, [20, 14, 8, 2, 0]);
    assert.equal(durable, 30);
    for (const kind of ['hidden', 'decoy'] as const) {
      const again = await openPair(world, media, kind, books);
      for (const number of kind === 'hidden' ? ([0, 1] as const) : ([0] as const)) {
        assert.equal(again.slab.volumes[number]?.missing.length, 0);
        for (const [text, ref] of books[number]) {
          assert.equal(await readChunk(again, number, ref), text);
        }
      }
    }
  });

  test('sessions over several sweeps keep every chunk; a full volume refuses, a removed chunk makes room', async () => {
    const world = await createWorld('sweeps');
    const media = await createSlabMedia(world);
    const books = noBooks();
    const pair = await openPair(world, media, 'hidden', books);
    for (const number of [0, 1] as const) {
      for (let at = 0; at < maxChunksOf(SMALL_SLAB, number); at += 1) {
        void put(pair, number, `${number} ${at}`, books);
      }
      const full = pair.slab.volumes[number]?.put(chunkOf('one more'));
      assert.equal(full?.ok === false && full.error.code, 'vault/slab-full');
    }
    for (let flush = 0; flush < 24; flush += 1) await pair.flush();
    pair.slab.volumes[0]?.remove(books[0].get('0 3') as ChunkRef);
    assert.equal(await readChunk(pair, 0, books[0].get('0 3') as ChunkRef), 'vault/chunk-missing');
    books[0].delete('0 3');
    void put(pair, 0, 'in its place', books);
    for (let flush = 0; flush < 9; flush += 1) await pair.flush();
    const again = await openPair(world, media, 'hidden', books);
    for (const number of [0, 1] as const) {
      assert.equal(again.slab.volumes[number]?.missing.length, 0);
      for (const [text, ref] of books[number])
        assert.equal(await readChunk(again, number, ref), text);
    }
  });

  test('hidden chunks survive as many flushes without the volume as the margin says, and are repaired', async () => {
    const world = await createWorld('slab margin');
    const media = await createSlabMedia(world);
    const books = noBooks();
    const pair = await openPair(world, media, 'hidden', books);
    for (let at = 0; at < 3; at += 1) void put(pair, 1, `hidden ${at}`, books);
    for (let flush = 0; flush < 16; flush += 1) await pair.flush();
    const margin = pair.slab.volumes[1]?.marginFlushes() ?? 0;
    assert.ok(margin >= SMALL_SLAB.windows / 2 - 1, `${margin}`);
    const decoy = await openPair(world, media, 'decoy', books);
    for (let flush = 0; flush < Math.min(3, margin); flush += 1) await decoy.flush();
    const again = await openPair(world, media, 'hidden', books);
    assert.equal(again.slab.volumes[1]?.missing.length, 0);
    for (let flush = 0; flush < 8; flush += 1) await again.flush();
    assert.ok((again.slab.volumes[1]?.marginFlushes() ?? 0) >= SMALL_SLAB.windows / 2 - 1);
    const long = await openPair(world, media, 'decoy', books);
    for (let flush = 0; flush < 8; flush += 1) await long.flush();
    const lost = await openPair(world, media, 'hidden', books).catch(() => undefined);
    assert.notEqual(lost?.slab.volumes[1]?.missing.length, 0);
  });

  test('all lives write the same places in the same order, on both media', async () => {
    const traces = [];
    for (const life of ['decoy', 'hidden idle', 'hidden busy', 'duress', 'none'] as const) {
      const { decoy, duress } = PASSWORDS;
      const world = await createWorld(
        'slab trace',
        life === 'none' ? { decoy, duress } : PASSWORDS,
      );
      const media = await createSlabMedia(world);
      const reads: number[] = [];
      const watched = {
        ...media,
        read(offset: number, length: number) {
          reads.push(length);
          return media.read(offset, length);
        },
      };
      const books = noBooks();
      for (let session = 0; session < 3; session += 1) {
        const text = life === 'duress' ? 'duress' : life.startsWith('hidden') ? 'hidden' : 'decoy';
        const pair = await openPair(world, watched, text, books);
        for (let flush = 0; flush < 7; flush += 1) {
          void put(pair, 0, `${session} ${flush}`, books);
          if (life === 'hidden busy' && session < 2)
            void put(pair, 1, `${session} ${flush}`, books);
          await pair.flush();
        }
      }
      traces.push({ slab: media.operations, container: world.deps.media.operations, reads });
    }
    for (const trace of traces) assert.deepEqual(trace, traces[0]);
  });

  test('a crash at every write of both media keeps every durable chunk of both volumes', async () => {
    const outcome = { durable: 0, missing: 0 };
    for (let seed = 0; seed < 2; seed += 1) {
      const world = await createWorld(`slab crash ${seed}`);
      const media = await createSlabMedia(world);
      const books = noBooks();
      const durable = new Set<string>();
      let next = 0;
      for (let crash = 1; crash <= 40; crash += 1) {
        const pair = await openPair(world, media, 'hidden', books);
        for (const number of [0, 1] as const) {
          const { missing } = pair.slab.volumes[number] as SlabVolume;
          for (const [text, ref] of books[number]) {
            if (!missing.includes(ref)) assert.equal(await readChunk(pair, number, ref), text);
            else assert.ok(!durable.has(text), `${text} was durable`);
          }
          outcome.missing += missing.length;
          for (const [text, ref] of books[number])
            if (missing.includes(ref)) books[number].delete(text);
          while (books[number].size > 9) {
            const [text, ref] = [...books[number]][0] as [string, ChunkRef];
            pair.slab.volumes[number]?.remove(ref);
            books[number].delete(text);
          }
        }
        const died = crash % 2 === 0 ? media : world.deps.media;
        died.crashAt(1 + world.random.below(24));
        try {
          for (;;) {
            for (const number of [0, 1] as const) {
              next += 1;
              const text = `${number} ${next}`;
              if (books[number].size > 12) continue;
              void put(pair, number, text, books).then(() => durable.add(text));
            }
            await pair.flush();
          }
        } catch (error) {
          assert.match(String(error), /simulated-crash/);
        }
        outcome.durable = durable.size;
        // The power is one: what the other medium had not flushed is torn as well.
        const other = died === media ? world.deps.media : media;
        other.crashAt(1);
        await other.flush().catch(() => undefined);
        for (const each of [media, world.deps.media]) each.restart();
      }
    }
    assert.ok(outcome.durable > 20, JSON.stringify(outcome));
  });

  test('erased with its ref: without the key no copy of a chunk opens, old cells of the sweep included', async () => {
    const world = await createWorld('slab erasure');
    const media = await createSlabMedia(world);
    const books = noBooks();
    const pair = await openPair(world, media, 'hidden', books);
    void put(pair, 0, 'secret', books);
    void put(pair, 0, 'kept', books);
    for (let flush = 0; flush < 9; flush += 1) await pair.flush();
    const { deriveVaultKey } = await import('../vault-keys.ts');
    const maskKey = deriveVaultKey(
      world.deps.suite.symmetric,
      pair.container.decoySecret,
      'slab mask',
    );
    const [secret, kept] = [...books[0].values()] as [ChunkRef, ChunkRef];
    assert.ok(readableWith(world, media.image, maskKey, [secret]) > 0);
    pair.slab.volumes[0]?.remove(secret);
    assert.equal(readableWith(world, media.image, maskKey, [kept]) > 0, true);
    for (let flush = 0; flush < 9; flush += 1) await pair.flush();
    assert.equal(readableWith(world, media.image, maskKey, [secret]), 0, 'gone after a sweep');
  });

  test('the clock of a vault drives it, locking ends it', async () => {
    const world = await createWorld('slab session');
    const media = await createSlabMedia(world);
    const vault = createVaultSession(world.deps, await unlockWorld(world, 'hidden'));
    const deps = { ...world.deps, media: media as Media };
    const refs = { decoy: [], hidden: [] };
    const slab = unwrap(await openSlabWith(deps, vault, refs, SMALL_SLAB));
    const taken = unwrap((slab.hidden as SlabVolume).put(chunkOf('by the clock')));
    const lost = unwrap(slab.decoy.put(chunkOf('after it')));
    await world.time.advance(TICK_MS);
    unwrap(await inTime(world, taken.durable));
    unwrap(await inTime(world, lost.durable));
    const late = unwrap(slab.decoy.put(chunkOf('too late')));
    vault.drop();
    assert.deepEqual(await late.durable, { ok: false, error: { code: 'vault/locked' } });
    const read = await slab.decoy.read(lost.ref);
    assert.equal(read.ok === false && read.error.code, 'vault/locked');
    assert.equal(slab.hidden?.put(chunkOf('x')).ok, false);
    const again = createVaultSession(world.deps, await unlockWorld(world, 'hidden'));
    const opened = unwrap(
      await openSlabWith(
        deps,
        again,
        { decoy: [lost.ref], hidden: [taken.ref, late.ref] },
        SMALL_SLAB,
      ),
    );
    assert.deepEqual(opened.hidden?.missing, [late.ref]);
    assert.equal(opened.decoy.missing.length, 0);
    const twice = openSlabWith(deps, again, refs, SMALL_SLAB);
    await assert.rejects(twice, { code: 'vault/argument' });
    await inTime(world, again.lock());
    const locked = await openSlabWith(deps, again, refs, SMALL_SLAB);
    assert.equal(locked.ok === false && locked.error.code, 'vault/locked');
    const flushed = createVaultSession(world.deps, await unlockWorld(world, 'decoy'));
    unwrap(await inTime(world, flushed.flushNow()));
    await assert.rejects(openSlabWith(deps, flushed, refs, SMALL_SLAB), { code: 'vault/argument' });
    await inTime(world, flushed.lock());
  });

  test('another size is refused, and the tiers have theirs', async () => {
    const world = await createWorld('slab size');
    const vault = createVaultSession(world.deps, await unlockWorld(world, 'decoy'));
    const refs = { decoy: [], hidden: [] };
    const opened = await openSlab(world.deps, vault, refs);
    assert.equal(opened.ok === false && opened.error.code, 'vault/bad-size');
    const created = await createSlab(world.deps, 'S');
    assert.equal(created.ok === false && created.error.code, 'vault/bad-size');
    assert.equal(slabBytes('S'), 537_919_488);
    assert.equal(slabBytes('L'), 2_148_532_224);
    await inTime(world, vault.lock());
  });
});

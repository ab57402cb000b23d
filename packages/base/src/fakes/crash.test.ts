import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParsError } from '../pars-error.ts';
import type { Store } from '../ports/store.ts';
import { type CrashMoment, createMemoryBlobDisk, createMemoryStoreDisk } from './index.ts';

const bytes = (...values: number[]) => new Uint8Array(values);
const isCrash = (error: unknown) =>
  error instanceof ParsError && error.code === 'base/simulated-crash';
const MOMENTS: readonly CrashMoment[] = ['before', 'after'];

describe('a memory store that crashes', () => {
  for (const moment of MOMENTS) {
    for (let write = 1; write <= 5; write += 1) {
      test(`${moment} batch ${write}: whole batches only, and dead until opened`, async () => {
        const disk = createMemoryStoreDisk();
        const store = disk.open();
        disk.crashAt(write, moment);
        await assert.rejects(workload(store), isCrash);
        assert.equal(disk.writeCount, write);
        await assert.rejects(store.get(bytes(1)), isCrash);
        await assert.rejects(store.write([]), isCrash);
        assert.throws(() => store.list({}), isCrash);

        const reopened = disk.open();
        const survived = moment === 'before' ? write - 1 : write;
        for (const key of [1, 2, 3]) {
          const expected = survived === 0 ? undefined : bytes(survived);
          assert.deepEqual(await reopened.get(bytes(key)), expected);
        }
        await assert.rejects(store.get(bytes(1)), isCrash, 'the old handle stays dead');
        await workload(reopened);
        assert.deepEqual(await reopened.get(bytes(1)), bytes(5));
      });
    }
  }

  test('a list that is being read dies with the process', async () => {
    const disk = createMemoryStoreDisk();
    const store = disk.open();
    await workload(store);
    const entries = store.list({})[Symbol.asyncIterator]();
    await entries.next();
    disk.open();
    await assert.rejects(entries.next(), isCrash);
  });
});

describe('a memory blob store that crashes', () => {
  for (const moment of MOMENTS) {
    test(`${moment} a replacement or a removal: old or new, and dead until opened`, async () => {
      const disk = createMemoryBlobDisk();
      let blobs = disk.open();
      await blobs.replace('a', bytes(1));
      disk.crashAt(1, moment);
      await assert.rejects(blobs.replace('a', bytes(2)), isCrash);
      await assert.rejects(blobs.read('a'), isCrash);
      blobs = disk.open();
      assert.deepEqual(await blobs.read('a'), bytes(moment === 'before' ? 1 : 2));
      disk.crashAt(1, moment);
      await assert.rejects(blobs.remove('a'), isCrash);
      const present = (await disk.open().read('a')) !== undefined;
      assert.equal(present, moment === 'before');
      assert.equal(disk.writeCount, 3);
    });
  }

  test('a crash at no write is refused', () => {
    assert.throws(() => createMemoryBlobDisk().crashAt(0, 'before'), ParsError);
  });
});

/** Five batches; batch n writes n to three keys. */
async function workload(store: Store): Promise<void> {
  for (let round = 1; round <= 5; round += 1) {
    await store.write([1, 2, 3].map((key) => ({ key: bytes(key), value: bytes(round) })));
  }
}

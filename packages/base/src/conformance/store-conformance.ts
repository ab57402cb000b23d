import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../ports/storage-limits.ts';
import type { Store, StoreRange } from '../ports/store.ts';
import { check, checkEqual, checkRejects } from './check.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** A place where a store can be opened, closed and opened again. */
export interface StoreSubject {
  readonly open: () => Promise<Store>;
  /** Frees the place; every store was closed. */
  readonly dispose: () => Promise<void>;
}

/** What every `Store` promises. */
export function storeConformance(create: () => Promise<StoreSubject>): readonly ConformanceCase[] {
  function storeCase(name: string, body: (store: Store) => Promise<void>): ConformanceCase {
    return {
      name: `store: ${name}`,
      async run() {
        const subject = await create();
        const store = await subject.open();
        try {
          await body(store);
        } finally {
          await store.close();
          await subject.dispose();
        }
      },
    };
  }

  return [
    storeCase('keeps, replaces and deletes values', async (store) => {
      checkEqual(await store.get(key(1)), undefined, 'nothing at first');
      await store.write([
        { key: key(1), value: bytes(1) },
        { key: key(2), value: bytes() },
      ]);
      checkEqual(await store.get(key(1)), bytes(1), 'the value');
      checkEqual(await store.get(key(2)), bytes(), 'an empty value is a value');
      await store.write([{ key: key(1), value: bytes(9, 9) }, { key: key(2) }, { key: key(3) }]);
      checkEqual(await store.get(key(1)), bytes(9, 9), 'the new value');
      checkEqual(await store.get(key(2)), undefined, 'deleted');
      await store.write([]);
    }),

    storeCase('applies the writes of a batch in order', async (store) => {
      await store.write([
        { key: key(1), value: bytes(1) },
        { key: key(1) },
        { key: key(2), value: bytes(1) },
        { key: key(2), value: bytes(2) },
        { key: key(3) },
        { key: key(3), value: bytes(3) },
      ]);
      checkEqual(await listed(store, {}), [[2], [3]], 'the last write of each key counts');
      checkEqual(await store.get(key(2)), bytes(2), 'the later value');
    }),

    storeCase('applies nothing of a batch with a wrong write', async (store) => {
      await store.write([{ key: key(1), value: bytes(1) }]);
      const tooLong = new Uint8Array(MAX_KEY_BYTES + 1);
      const wrongs = [
        { key: bytes(), value: bytes() },
        { key: tooLong, value: bytes() },
        { key: key(5), value: new Uint8Array(MAX_VALUE_BYTES + 1) },
      ];
      for (const wrong of wrongs) {
        await checkRejects(
          () => store.write([{ key: key(2), value: bytes(2) }, { key: key(1) }, wrong]),
          'rejects the batch',
        );
      }
      checkEqual(await listed(store, {}), [[1]], 'what was there before');
      await checkRejects(() => store.get(bytes()), 'refuses an empty key');
      await checkRejects(() => store.get(tooLong), 'refuses a long key');
    }),

    storeCase('takes the longest key and the largest value', async (store) => {
      const longest = new Uint8Array(MAX_KEY_BYTES).fill(0xfe);
      const largest = new Uint8Array(MAX_VALUE_BYTES).fill(0xab);
      await store.write([{ key: longest, value: largest }]);
      const back = await store.get(longest);
      checkEqual(back?.length, MAX_VALUE_BYTES, 'all of it');
      check(back?.every((byte) => byte === 0xab) === true, 'the same bytes');
    }),

    storeCase('orders keys as unsigned bytes, prefixes first', async (store) => {
      const ordered = [[0], [0, 0], [0, 255], [1], [127], [128], [128, 0], [255], [255, 255]];
      const mixed = [4, 0, 8, 2, 6, 1, 7, 3, 5].map((index) => ordered[index] as number[]);
      await store.write(mixed.map((values) => ({ key: bytes(...values), value: bytes() })));
      checkEqual(await listed(store, {}), ordered, 'in order');
      checkEqual(await listed(store, { reverse: true }), ordered.toReversed(), 'in reverse');
    }),

    storeCase('lists ranges: from inclusive, to exclusive, limit, reverse', async (store) => {
      await fill(store, 10);
      const cases: readonly (readonly [StoreRange, readonly number[]])[] = [
        [{ from: key(3), to: key(6) }, [3, 4, 5]],
        [{ from: key(3), to: key(6), reverse: true }, [5, 4, 3]],
        [{ from: key(8) }, [8, 9]],
        [{ to: key(2) }, [0, 1]],
        [{ limit: 3 }, [0, 1, 2]],
        [{ limit: 3, reverse: true }, [9, 8, 7]],
        [{ from: key(2), limit: 2 }, [2, 3]],
        [{ to: key(4), limit: 2, reverse: true }, [3, 2]],
        [{ limit: 0 }, []],
        [{ from: key(6), to: key(3) }, []],
        [{ from: key(6), to: key(6) }, []],
        [{ from: bytes(5, 0) }, [6, 7, 8, 9]],
        [{ from: bytes() }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
        [{ to: bytes() }, []],
        [{ limit: 1000 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
      ];
      for (const [index, [range, expected]] of cases.entries()) {
        checkEqual((await listed(store, range)).flat(), expected, `range ${index}`);
      }
      await checkRejects(() => listed(store, { limit: -1 }), 'refuses a negative limit');
      await checkRejects(() => listed(store, { limit: 0.5 }), 'refuses half an entry');
    }),

    storeCase('lists the entries as of the call, whatever is written since', async (store) => {
      const count = 1000;
      await store.write(numbered(count).map((entry) => ({ key: entry, value: bytes(1) })));
      const entries = store.list({});
      await store.write([
        ...numbered(count).map((entry) => ({ key: entry })),
        { key: bytes(255, 255, 255), value: bytes(2) },
      ]);
      let seen = 0;
      for await (const { key: found, value } of entries) {
        checkEqual(found, numbered(count)[seen], 'the next old key');
        checkEqual(value, bytes(1), 'its old value');
        seen += 1;
        if (seen === 500) await store.write([{ key: found, value: bytes(3) }]);
      }
      checkEqual(seen, count, 'all old entries');
      checkEqual((await listed(store, {})).length, 2, 'a new list sees the new entries');
    }),

    storeCase('lists can be left early and read side by side', async (store) => {
      await fill(store, 200);
      for (let round = 0; round < 100; round += 1) {
        for await (const entry of store.list({})) {
          checkEqual(entry.key, key(0), 'the first');
          break;
        }
      }
      const readers = await Promise.all([1, 2, 3, 4, 5].map(() => listed(store, {})));
      check(
        readers.every((keys) => keys.length === 200),
        'each sees everything',
      );
    }),

    storeCase('shares no memory with its callers', async (store) => {
      const givenKey = key(1);
      const givenValue = bytes(1, 2, 3);
      const writing = store.write([{ key: givenKey, value: givenValue }]);
      givenKey.fill(9);
      givenValue.fill(9);
      await writing;
      const got = await store.get(key(1));
      got?.fill(7);
      for await (const { key: listedKey, value } of store.list({})) {
        checkEqual(listedKey, key(1), 'the key as given');
        checkEqual(value, bytes(1, 2, 3), 'the value as given');
        listedKey.fill(8);
        value.fill(8);
      }
      checkEqual(await store.get(key(1)), bytes(1, 2, 3), 'still the value as given');
    }),

    storeCase(
      'writes that are not awaited take effect in the order of the calls',
      async (store) => {
        await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            store.write([
              { key: key(1), value: bytes(index) },
              { key: key(100 + index), value: bytes() },
            ]),
          ),
        );
        checkEqual(await store.get(key(1)), bytes(49), 'the last call counts');
        checkEqual((await listed(store, {})).length, 51, 'no write is lost');
      },
    ),

    storeCase('an aborted call rejects with the reason and changes nothing', async (store) => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      const write = () => store.write([{ key: key(1), value: bytes() }], signal);
      check((await checkRejects(write, 'write rejects')) === reason, 'write: the reason');
      const get = () => store.get(key(1), signal);
      check((await checkRejects(get, 'get rejects')) === reason, 'get: the reason');
      await checkRejects(async () => {
        for await (const _ of store.list({}, signal));
      }, 'list rejects');
      checkEqual(await store.get(key(1)), undefined, 'nothing was written');
    }),

    storeCase('a closed store refuses every call; closing twice is fine', async (store) => {
      await store.close();
      await store.close();
      await checkRejects(() => store.get(key(1)), 'get');
      await checkRejects(() => store.write([{ key: key(1), value: bytes() }]), 'write');
      await checkRejects(() => listed(store, {}), 'list');
    }),

    {
      name: 'store: what was written is there after closing and opening',
      async run() {
        const subject = await create();
        const first = await subject.open();
        await fill(first, 20);
        await first.write([{ key: key(3) }, { key: key(4), value: bytes(44) }]);
        await first.close();
        const second = await subject.open();
        checkEqual((await listed(second, {})).length, 19, 'all entries');
        checkEqual(await second.get(key(3)), undefined, 'the deletion');
        checkEqual(await second.get(key(4)), bytes(44), 'the replacement');
        await second.close();
        await subject.dispose();
      },
    },
  ];
}

async function fill(store: Store, count: number): Promise<void> {
  await store.write(
    Array.from({ length: count }, (_, index) => ({ key: key(index), value: bytes(index) })),
  );
}

async function listed(store: Store, range: StoreRange): Promise<number[][]> {
  const keys: number[][] = [];
  for await (const entry of store.list(range)) keys.push([...entry.key]);
  return keys;
}

function numbered(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => bytes(index >> 8, index & 255));
}

function key(value: number): Uint8Array {
  return bytes(value);
}

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

import { hex, redact, type Store, type StoreEntry } from '@pars/base';
import {
  type ConformanceCase,
  check,
  checkEqual,
  checkRejects,
  type StoreSubject,
} from '@pars/base/conformance';
import type { Suite } from '@pars/crypto';
import {
  openParcelStore,
  type Parcel,
  type ParcelId,
  type ParcelStore,
  parcelIds,
} from '../parcel/index.ts';
import {
  type CrashMoment,
  checkWhole,
  createSetClock,
  dayMs,
  heldIds,
  makeParcel,
  network,
  openParcels,
  prefix,
  withCrash,
  withStore,
} from './parcel-workshop.ts';

/**
 * What a parcel store must do on every `Store` (PIP-1002 §9, §10), crashes at
 * every write included. `create` gives an empty place each time. Parcels are
 * made with small puzzles; the suite is the platform's own.
 */
export function parcelStoreConformance(
  create: () => Promise<StoreSubject>,
  suite: Suite,
): readonly ConformanceCase[] {
  function storeCase(
    name: string,
    body: (subject: StoreSubject) => Promise<void>,
  ): ConformanceCase {
    return {
      name: `parcel store: ${name}`,
      async run() {
        const subject = await create();
        try {
          await body(subject);
        } finally {
          await subject.dispose();
        }
      },
    };
  }

  /** Opens the parcels of a subject under a clock, hands them over and closes the store. */
  const withParcels = <T>(
    subject: StoreSubject,
    work: (parcels: ParcelStore, store: Store) => Promise<T>,
    options: Parameters<typeof openParcels>[3] = {},
    clock = createSetClock(),
  ): Promise<T> =>
    withStore(subject, async (store) =>
      work(await openParcels(suite, clock, store, options), store),
    );

  return [
    storeCase('keeps parcels of every size over closing and opening', async (subject) => {
      const made: Parcel[] = [];
      for (let bucket = 0; bucket < 6; bucket += 1) {
        made.push(await makeParcel(suite, { bucket, number: bucket }));
      }
      const ids = await withParcels(subject, async (parcels) => {
        for (const { bytes } of made) checkEqual(await stateOf(parcels, bytes), 'stored', 'new');
        for (const { bytes } of made) checkEqual(await stateOf(parcels, bytes), 'known', 'again');
        return heldIds(parcels);
      });
      await withParcels(subject, async (parcels, store) => {
        checkEqual(parcels.count, 6, 'all of them');
        checkEqual(heldIds(parcels), ids, 'the same');
        await checkWhole(store, parcels, made);
      });
    }),

    storeCase('finds by tag, shard and day after opening', async (subject) => {
      const made = await makeSmall(suite, 40);
      await withParcels(subject, (parcels) => putAll(parcels, made));
      await withParcels(subject, async (parcels) => {
        const [snapshot, ...others] = parcels.snapshot();
        checkEqual(others.length, 0, 'one day');
        checkEqual(snapshot?.ids.length, 40 * 32, 'all ids');
        const day = snapshot?.day ?? 0;
        checkEqual(parcels.idsOf(day, 0x0100_0000).length, 10 * 32, 'a shard of four');
        const tags = [1, 2, 99].map((number) => new Uint8Array(32).fill(number));
        const found = await parcels.find({ tags });
        checkEqual(
          found.map(({ tag }) => tag[0]),
          [1, 2],
          'two of the three tags',
        );
        checkEqual((await parcels.find({ tags, limit: 1 })).length, 1, 'a limit');
        const described = await parcels.describe(found.map(({ id }) => id));
        checkEqual(described, found, 'described as found');
        checkEqual(await parcels.describe([new Uint8Array(32) as ParcelId]), [], 'not here');
        const listed = [...parcels.list('priority')].map(({ id }) => parcelIds.toText(id));
        checkEqual(listed.toSorted().join(), heldIds(parcels), 'each is listed once');
      });
    }),

    storeCase('what has expired is deleted, and its pages with it', async (subject) => {
      const clock = createSetClock();
      const made = await makeSmall(suite, 30);
      const brief = await makeParcel(suite, { number: 77, lifetimeMs: 300_000 });
      const work = async (parcels: ParcelStore, store: Store) => {
        await putAll(parcels, [...made, brief]);
        clock.advance(300_000);
        checkEqual(await parcels.expire(), 1, 'the brief one');
        await checkWhole(store, parcels, made);
        clock.advance(4 * dayMs);
        checkEqual(await parcels.expire(), 30, 'the others');
        checkEqual((await rowsOf(store)).length, 1, 'only the row of the key check is left');
      };
      await withParcels(subject, work, {}, clock);
    }),

    storeCase('rows tell nothing of what is in them', async (subject) => {
      const made = await makeSmall(suite, 20);
      await withParcels(subject, async (parcels, store) => {
        for (const { bytes } of made) await parcels.put(bytes, 'a neighbour');
        const rows = await rowsOf(store);
        const all = rows.map(({ key, value }) => hex.encode(key) + hex.encode(value)).join('|');
        for (const { id, body, header } of made) {
          for (const secret of [id, header.tag, body.subarray(0, 16)]) {
            check(!all.includes(hex.encode(secret)), 'no id, tag or body in the rows');
          }
        }
        const source = hex.encode(new TextEncoder().encode('a neighbour'));
        check(!all.includes(source), 'no source in the rows');
        const lengths = new Set(rows.map(({ value }) => value.length));
        checkEqual(
          [...lengths].toSorted((a, b) => a - b),
          [60, 1_065, 2_859],
          'three lengths',
        );
      });
    }),

    storeCase('another local key opens nothing and deletes nothing', async (subject) => {
      const made = await makeSmall(suite, 3);
      await withParcels(subject, (parcels) => putAll(parcels, made));
      await withStore(subject, async (store) => {
        const opened = await openParcelStore(
          { suite, clock: createSetClock(), store },
          {
            network,
            key: redact(new Uint8Array(32).fill(8)),
            prefix,
            capacityBytes: 4 * 1_024 * 1_024,
            maxParcels: 1_000,
          },
        );
        checkEqual(opened.ok ? '' : opened.error.code, 'mesh/parcel-store-key', 'refused');
      });
      await withParcels(subject, async (parcels) => checkEqual(parcels.count, 3, 'still there'));
    }),

    storeCase(
      'a damaged row costs the parcels on it only, and all can come back',
      async (subject) => {
        const made = await makeSmall(suite, 40);
        await withParcels(subject, (parcels) => putAll(parcels, made));
        for (const kind of [1, 2]) {
          await withStore(subject, async (store) => {
            const row = (await rowsOf(store)).find(({ key }) => key[prefix.length] === kind);
            check(row !== undefined, 'there is a row');
            if (row === undefined) return;
            const value = row.value.with(60, (row.value[60] ?? 0) ^ 1);
            await store.write([{ key: row.key, value }]);
          });
          await withParcels(subject, async (parcels, store) => {
            for (const { id } of made) await parcels.get(id);
            check(parcels.count < 40 && parcels.count >= 8, 'at most a page of 32 is lost');
            await checkWhole(store, parcels, made);
            await putAll(parcels, made);
            checkEqual(parcels.count, 40, 'all are back');
          });
        }
      },
    ),

    storeCase('lower bounds at the next opening let the lowest ranks go', async (subject) => {
      const made = await makeSmall(suite, 20);
      const high = await makeParcel(suite, { number: 200, priority: 'high' });
      await withParcels(subject, (parcels) => putAll(parcels, [...made, high]));
      const options = { maxParcels: 4 };
      const work = async (parcels: ParcelStore, store: Store) => {
        check(parcels.has(high.id) && parcels.count <= 4, 'the highest stays');
        await checkWhole(store, parcels, [...made, high]);
      };
      await withParcels(subject, work, options);
      await withParcels(subject, work, options);
    }),

    ...(['before', 'after'] as const).map((moment) => crashCase(create, suite, moment)),
  ];
}

/** Puts that split pages and push others out, then expiry that merges pages: crashed at every write. */
function crashCase(
  create: () => Promise<StoreSubject>,
  suite: Suite,
  moment: CrashMoment,
): ConformanceCase {
  const options = { maxParcels: 34 };
  const make = async (): Promise<readonly Parcel[]> => [
    ...(await makeSmall(suite, 32, 300_000)),
    ...(await Promise.all(
      [50, 51, 52, 53, 54].map((number) => makeParcel(suite, { number, priority: 'high' })),
    )),
  ];
  /** Calls `after` whenever the store has come to rest. */
  const workload = async (
    store: Store,
    made: readonly Parcel[],
    after: (parcels: ParcelStore) => void,
  ): Promise<void> => {
    const clock = createSetClock();
    const parcels = await openParcels(suite, clock, store, options);
    after(parcels);
    for (const [number, { bytes }] of made.entries()) {
      await parcels.put(bytes, `s${number}`);
      after(parcels);
    }
    clock.advance(300_000);
    await parcels.expire();
    after(parcels);
  };
  return {
    name: `parcel store: a crash ${moment} any write leaves the store before or after one change`,
    async run() {
      const made = await make();
      let writes = 0;
      let mostPages = 0;
      const states = [''];
      await inPlace(create, (subject) =>
        withStore(subject, async (store) => {
          const counted: Store = {
            get: (key, signal) => store.get(key, signal),
            list: (range, signal) => store.list(range, signal),
            close: () => store.close(),
            async write(batch, signal) {
              writes += 1;
              await store.write(batch, signal);
              const pages = (await rowsOf(store)).filter(({ key }) => key[prefix.length] === 1);
              mostPages = Math.max(mostPages, pages.length);
            },
          };
          await workload(counted, made, (parcels) => {
            // One change is one write, so the state after each is the one to find again.
            states[writes] = heldIds(parcels);
          });
        }),
      );
      check(writes >= 38 && mostPages >= 2, 'there are many writes, and a page splits');
      check(
        states.some((ids) => ids.split(',').length === 34),
        'the store is full at times',
      );
      for (let write = 1; write <= writes; write += 1) {
        await inPlace(create, async (subject) => {
          await withStore(subject, (store) =>
            checkRejects(
              () => workload(withCrash(store, write, moment), made, () => undefined),
              'crashes',
            ),
          );
          await withStore(subject, async (store) => {
            const clock = createSetClock();
            const parcels = await openParcels(suite, clock, store, options);
            const expected = states[moment === 'before' ? write - 1 : write];
            checkEqual(heldIds(parcels), expected, `the state at write ${write}`);
            await checkWhole(store, parcels, made);
            for (const [number, { bytes }] of made.entries())
              await parcels.put(bytes, `t${number}`);
            clock.advance(300_000);
            await parcels.expire();
            await checkWhole(store, parcels, made);
          });
        });
      }
    },
  };
}

async function inPlace(
  create: () => Promise<StoreSubject>,
  work: (subject: StoreSubject) => Promise<void>,
): Promise<void> {
  const subject = await create();
  try {
    await work(subject);
  } finally {
    await subject.dispose();
  }
}

function makeSmall(
  suite: Suite,
  count: number,
  lifetimeMs = 3 * dayMs,
): Promise<readonly Parcel[]> {
  return Promise.all(
    Array.from({ length: count }, (_, number) => makeParcel(suite, { number, lifetimeMs })),
  );
}

async function putAll(parcels: ParcelStore, made: readonly Parcel[]): Promise<void> {
  for (const [number, { bytes }] of made.entries()) await parcels.put(bytes, `s${number}`);
}

async function stateOf(parcels: ParcelStore, bytes: Uint8Array): Promise<string> {
  const result = await parcels.put(bytes, 'a');
  return result.ok ? result.value : result.error.code;
}

async function rowsOf(store: Store): Promise<readonly StoreEntry[]> {
  const rows: StoreEntry[] = [];
  for await (const row of store.list({})) rows.push(row);
  return rows;
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareBytes } from '@pars/base';
import { dayFromSlot, type Parcel } from '../parcel/index.ts';
import { startMs } from '../parcel/parcel-fixture.ts';
import { decodeKeeperMessage, encodeKeeperMessage, type KeeperMessage } from './keeper-message.ts';
import { createMailboxFetch, type FetchEffect, type MailboxFetch } from './mailbox-fetch.ts';
import {
  createMailboxFixture,
  type MailboxFixture,
  mailboxNetwork,
  randomOf,
  type TestKeeper,
} from './mailbox-fixture.ts';
import type { WantedTags } from './wanted-tags.ts';

const shard = 0x5a00_0000;
const slotMs = 100_000;
/** Ends on the day of which every second visit asks. */
const fresh = { lifetimeMs: 14 * 86_400_000, nowMs: startMs + 1_000 };

function createFetch(fixture: MailboxFixture, seed = 'visits'): MailboxFetch {
  return createMailboxFetch({
    symmetric: fixture.symmetric,
    network: mailboxNetwork,
    random: randomOf(seed),
    shardOf: () => shard,
  });
}

function createKeepers(fixture: MailboxFixture, count = 3): readonly TestKeeper[] {
  return Array.from({ length: count }, (_, fill) =>
    fixture.createKeeper(new Uint8Array(32).fill(fill + 1)),
  );
}

function tagsOf(parcels: readonly Parcel[]): WantedTags {
  const tags = new Map<number, Uint8Array[]>();
  for (const { header } of parcels) {
    const day = dayFromSlot(header.expirySlot);
    tags.set(day, [...(tags.get(day) ?? []), header.tag]);
  }
  return tags;
}

/** One line for each visit: when, whom, how long, and what of it is no piece. */
interface Trace {
  readonly lines: readonly string[];
  readonly fetched: readonly Parcel[];
  readonly failures: readonly string[];
  /** Items that were asked for. */
  readonly asked: readonly bigint[];
}

function runVisits(
  fetch: MailboxFetch,
  keepers: readonly TestKeeper[],
  visits: number,
  options: {
    readonly answer?: (keeper: TestKeeper, message: Uint8Array) => Uint8Array | undefined;
    readonly before?: (visit: number) => void;
    readonly fromVisit?: number;
  } = {},
): Trace {
  const lines: string[] = [];
  const fetched: Parcel[] = [];
  const failures: string[] = [];
  const asked: bigint[] = [];
  const { answer = (keeper, message) => keeper.ask('me', message, 1e12).message } = options;
  const { fromVisit = 0 } = options;
  for (let visit = fromVisit; visit < fromVisit + visits; visit += 1) {
    options.before?.(visit);
    const nowMs = startMs + visit * slotMs;
    const shardDay = fetch.nextVisit(nowMs);
    const question = fetch.ask(
      shardDay,
      keepers.map(({ name }) => name),
      nowMs,
    );
    assert.ok(question);
    const message = decodeKeeperMessage(question.message);
    assert.ok(message.ok && message.value.type === 'visit');
    const { from, listing, pieces } = message.value;
    lines.push(
      [
        nowMs,
        question.keeper,
        question.message.length,
        shardDay.day,
        listing,
        from,
        pieces.length,
      ].join(' '),
    );
    asked.push(...pieces.map(({ item }) => item));
    const keeper = keepers.find(({ name }) => name === question.keeper);
    assert.ok(keeper);
    const reply = answer(keeper, question.message);
    let effects: readonly FetchEffect[] = [];
    if (reply === undefined) fetch.failed(question.keeper, nowMs);
    else {
      lines.push(`${reply.length}`);
      // The budget of a keeper is not what is looked at here.
      effects = fetch.receive(question.keeper, reply, nowMs);
    }
    for (const effect of effects) {
      if (effect.kind === 'fetched') fetched.push(effect.parcel);
      else failures.push(effect.failure.code);
    }
  }
  return { lines, fetched, failures, asked };
}

async function makeParcels(
  fixture: MailboxFixture,
  count: number,
  wish: { readonly bucket?: number } = {},
): Promise<readonly Parcel[]> {
  const first = await fixture.make({ ...fresh, ...wish });
  const parcels = [first];
  while (parcels.length < count) parcels.push(fixture.similar(first));
  return parcels;
}

/** Each visit on a fresh budget: time goes on by a day for the keeper. */
function patient(): (keeper: TestKeeper, message: Uint8Array) => Uint8Array | undefined {
  let nowMs = 0;
  return (keeper, message) => {
    nowMs += 86_400_000;
    return keeper.ask('me', message, nowMs).message;
  };
}

describe('visits', () => {
  test('when, whom and how much is the same in every mode, byte for byte', async () => {
    const traces: string[][] = [];
    const counts: number[] = [];
    for (const mode of ['locked', 'decoy', 'hidden', 'changing'] as const) {
      const fixture = createMailboxFixture('modes');
      const keepers = createKeepers(fixture);
      const parcels = await makeParcels(fixture, 60);
      const large = await makeParcels(fixture, 3, { bucket: 4 });
      for (const keeper of keepers) for (const parcel of parcels) keeper.hold(parcel);
      for (const parcel of large) keepers[0]?.hold(parcel);
      const fetch = createFetch(fixture);
      const wanted = { locked: 0, decoy: 5, hidden: 40, changing: 40 }[mode];
      const own = tagsOf([...parcels.slice(0, wanted), ...large]);
      if (mode === 'decoy' || mode === 'hidden') {
        fetch.setMode('own');
        fetch.setWanted(own);
      }
      const before = (visit: number) => {
        if (mode !== 'changing') return;
        fetch.setMode(visit % 20 < 10 ? 'own' : 'dummies');
        fetch.setWanted(own);
      };
      const trace = runVisits(fetch, keepers, 120, { before, answer: patient() });
      traces.push([...trace.lines]);
      const tags = new Set(parcels.slice(0, 40).map(({ header }) => String(header.tag)));
      const got = new Set(trace.fetched.map(({ header }) => String(header.tag)));
      counts.push([...tags].filter((tag) => got.has(tag)).length);
    }
    for (const trace of traces) assert.deepEqual(trace, traces[0]);
    // It is the same although the ones got what they wanted.
    assert.equal(counts[2], 40);
  });

  test('the lane for dummies never asks for what is wanted on purpose, and everything that is asked for is listed', async () => {
    const fixture = createMailboxFixture('half');
    const keepers = createKeepers(fixture, 1);
    const parcels = await makeParcels(fixture, 200, { bucket: 1 });
    for (const parcel of parcels) keepers[0]?.hold(parcel);
    const fetch = createFetch(fixture);
    fetch.setMode('own');
    fetch.setWanted(tagsOf(parcels.slice(0, 40)));
    const own = new Set(parcels.slice(0, 40).map(({ id }) => String(id)));
    const shares: number[] = [];
    const honest = patient();
    runVisits(fetch, keepers, 20, {
      answer: (keeper, message) => {
        const visit = decodeKeeperMessage(message);
        assert.ok(visit.ok && visit.value.type === 'visit');
        const { pieces, shardDay } = visit.value;
        const items = new Set(pieces.map(({ item }) => item));
        const ids = [...items].map((item) => keeper.register.find(shardDay, item)?.id);
        if (keeper.register.items(shardDay).length > 0) {
          shares.push(ids.filter((id) => own.has(String(id))).length / items.size);
          // Before anything is listed, everything is invented.
          if (shares.length > 1) assert.ok(ids.every((id) => id !== undefined));
        }
        return honest(keeper, message);
      },
    });
    assert.ok(shares.length > 5 && shares.every((share) => share <= 0.875), shares.join(' '));
    const mean = shares.slice(1).reduce((sum, share) => sum + share, 0) / (shares.length - 1);
    assert.ok(mean > 0.4 && mean < 0.65, `${mean}`);
  });

  test('a parcel of 256 KiB comes in pieces, also from several keepers', async () => {
    const fixture = createMailboxFixture('large');
    const keepers = createKeepers(fixture);
    const [parcel] = await makeParcels(fixture, 1, { bucket: 5 });
    assert.ok(parcel);
    for (const keeper of keepers) keeper.hold(parcel);
    const fetch = createFetch(fixture);
    fetch.setMode('own');
    fetch.setWanted(tagsOf([parcel]));
    const { fetched } = runVisits(fetch, keepers, 700, { answer: patient() });
    assert.ok(fetched.some(({ id }) => String(id) === String(parcel.id)));
  });

  test('what the store did not keep is fetched again', async () => {
    const fixture = createMailboxFixture('again');
    const keepers = createKeepers(fixture, 1);
    const [parcel] = await makeParcels(fixture, 1);
    assert.ok(parcel);
    keepers[0]?.hold(parcel);
    const fetch = createFetch(fixture);
    fetch.setMode('own');
    fetch.setWanted(tagsOf([parcel]));
    const first = runVisits(fetch, keepers, 80, { answer: patient() });
    assert.equal(first.fetched.length >= 1, true);
    fetch.notKept(parcel);
    const again = runVisits(fetch, keepers, 80, { fromVisit: 80, answer: patient() });
    assert.ok(again.fetched.length >= 1);
  });
});

describe('hostile keepers', () => {
  test('who is silent rests, and others are asked', () => {
    const fixture = createMailboxFixture('silent');
    const keepers = createKeepers(fixture);
    const fetch = createFetch(fixture);
    const asked: string[] = [];
    const honest = patient();
    runVisits(fetch, keepers, 40, {
      answer: (keeper, message) => {
        asked.push(keeper.name);
        return keeper === keepers[0] ? undefined : honest(keeper, message);
      },
    });
    const silent = asked.filter((name) => name === keepers[0]?.name).length;
    assert.ok(silent >= 1 && silent <= 5, `${silent}`);
  });

  test('false bytes, shapes and listings cost the keeper a day, and what is wanted comes from others', async () => {
    const fixture = createMailboxFixture('false');
    const keepers = createKeepers(fixture);
    const parcels = await makeParcels(fixture, 4);
    for (const keeper of keepers) for (const parcel of parcels) keeper.hold(parcel);
    const forge =
      (change: (visited: Extract<KeeperMessage, { type: 'visited' }>) => KeeperMessage) =>
      (bytes: Uint8Array): Uint8Array => {
        const message = decodeKeeperMessage(bytes);
        assert.ok(message.ok && message.value.type === 'visited');
        return encodeKeeperMessage(change(message.value));
      };
    const noise = () => fixture.random.bytes(mailboxNetwork.mailbox.pieceLength);
    const lies: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
      forge((visited) => ({ ...visited, pieces: visited.pieces.map(noise) })),
      // A parcel of another tag.
      forge((visited) => ({
        ...visited,
        pieces: visited.pieces.map((given) => {
          if (given === undefined) return undefined;
          const piece = new Uint8Array(mailboxNetwork.mailbox.pieceLength);
          piece.set(parcels[3]?.bytes ?? new Uint8Array(0));
          return piece;
        }),
      })),
      forge((visited) => ({ ...visited, pieces: visited.pieces.slice(1) })),
      forge((visited) => ({ ...visited, listing: visited.listing.subarray(0, 64), listed: 0 })),
      forge((visited) => ({ ...visited, listing: noise().slice(0, 16_384), listed: 500 })),
      () => Uint8Array.of(5, 1, 1),
      () => encodeKeeperMessage({ type: 'lacking', isLacking: [true] }),
      () => new Uint8Array(300_000),
    ];
    for (const lie of lies) {
      const fetch = createFetch(fixture);
      fetch.setMode('own');
      fetch.setWanted(tagsOf(parcels.slice(0, 3)));
      const honest = patient();
      let lied = 0;
      const { failures, fetched } = runVisits(fetch, keepers, 60, {
        answer: (keeper, message) => {
          const reply = honest(keeper, message);
          if (keeper !== keepers[1] || reply === undefined) return reply;
          lied += 1;
          return lie(reply);
        },
      });
      const own = new Set(fetched.map(({ id }) => String(id)));
      assert.ok(parcels.slice(0, 3).every(({ id }) => own.has(String(id))));
      assert.ok(failures.length >= 1 && lied <= 12, `${failures.join(' ')} ${lied}`);
    }
  });

  test('a keeper that lists and does not give is left alone', async () => {
    const fixture = createMailboxFixture('withheld');
    const keepers = createKeepers(fixture);
    const parcels = await makeParcels(fixture, 60, { bucket: 1 });
    for (const keeper of keepers) for (const parcel of parcels) keeper.hold(parcel);
    for (const parcel of parcels) keepers[0]?.lose(parcel);
    const honest = patient();
    const { failures } = runVisits(createFetch(fixture), keepers, 120, {
      answer: (keeper, message) => {
        // It goes on listing what it has not.
        const reply = honest(keeper, message);
        if (keeper === keepers[0]) for (const parcel of parcels) keeper.hold(parcel);
        if (keeper === keepers[0]) for (const parcel of parcels) keeper.lose(parcel);
        return reply;
      },
    });
    assert.ok(failures.includes('mesh/keeper-withheld'));
  });

  test('copies that somebody made under a tag that he saw delay neither other tags nor, for long, this one', async () => {
    const fixture = createMailboxFixture('filled');
    const keepers = createKeepers(fixture, 1);
    const [keeper] = keepers;
    const parcels = await makeParcels(fixture, 10);
    const [seen] = parcels;
    assert.ok(keeper && seen);
    for (const parcel of parcels) keeper.hold(parcel);
    const fetch = createFetch(fixture);
    // The listing is known before the copies come.
    runVisits(fetch, keepers, 40, { answer: patient() });
    const junk = Array.from({ length: 150 }, () => fixture.similar(seen, seen.header.tag));
    for (const parcel of junk) keeper.hold(parcel);
    runVisits(fetch, keepers, 40, { fromVisit: 40, answer: patient() });
    fetch.setMode('own');
    fetch.setWanted(tagsOf(parcels));
    for (const parcel of parcels) fetch.notKept(parcel);
    const { fetched } = runVisits(fetch, keepers, 80, { fromVisit: 80, answer: patient() });
    const own = new Set(fetched.map(({ id }) => String(id)));
    for (const parcel of parcels) assert.ok(own.has(String(parcel.id)));
  });

  test('a heap of copies under one tag leaves the turn to every other tag', async () => {
    const fixture = createMailboxFixture('heap');
    const keepers = createKeepers(fixture, 1);
    const [keeper] = keepers;
    const parcels = (await makeParcels(fixture, 12)).toSorted((one, other) =>
      compareBytes(one.header.tag, other.header.tag),
    );
    const [first] = parcels;
    assert.ok(keeper && first);
    for (const parcel of parcels) keeper.hold(parcel);
    // They are listed before everything else.
    for (let at = 0; at < 300; at += 1) keeper.hold(fixture.similar(first, first.header.tag));
    const fetch = createFetch(fixture);
    fetch.setMode('own');
    fetch.setWanted(tagsOf(parcels));
    const { fetched } = runVisits(fetch, keepers, 16, { answer: patient() });
    const tags = new Set(fetched.map(({ header }) => String(header.tag)));
    for (const { header } of parcels) assert.ok(tags.has(String(header.tag)));
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dayFromSlot, type Parcel } from '../parcel/index.ts';
import { decodeKeeperMessage, encodeKeeperMessage, storeMessage } from './keeper-message.ts';
import { createRepairRound, type RepairOptions, type RepairReport } from './keeper-repair.ts';
import {
  createMailboxFixture,
  type MailboxFixture,
  mailboxNetwork,
  randomOf,
  type TestKeeper,
} from './mailbox-fixture.ts';
import { shardItemOfParcel } from './shard-item.ts';

const idOf = (fill: number) => new Uint8Array(32).fill(fill);

type Answer = (keeper: TestKeeper, message: Uint8Array) => Uint8Array | undefined;

function repair(
  fixture: MailboxFixture,
  own: readonly Parcel[],
  keepers: readonly TestKeeper[],
  options: RepairOptions = {},
  answer: Answer = (keeper, message) => keeper.ask('repairer', message).message,
): { readonly report: RepairReport; readonly liars: readonly string[] } {
  const [first] = own;
  assert.ok(first);
  const shardDay = { shard: first.header.shard, day: dayFromSlot(first.header.expirySlot) };
  const byItem = new Map(own.map((parcel) => [shardItemOfParcel(parcel), parcel]));
  const round = createRepairRound(
    { symmetric: fixture.symmetric, network: mailboxNetwork, random: randomOf('repair') },
    {
      shardDay,
      held: own.map((parcel) => ({
        item: shardItemOfParcel(parcel),
        priority: parcel.header.priority,
      })),
      keepers: keepers.map(({ id }) => id),
    },
    options,
  );
  const liars: string[] = [];
  const waiting = [...round.start()];
  for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
    if (effect.kind === 'end') return { report: effect.report, liars };
    if (effect.kind === 'misbehaved') liars.push(effect.keeper);
    else if (effect.kind === 'read') {
      waiting.push(...round.loaded(effect.items.map((item) => byItem.get(item)?.bytes)));
    } else {
      const keeper = keepers.find(({ name }) => name === effect.keeper);
      assert.ok(keeper);
      if (effect.kind === 'bring') {
        const parcel = byItem.get(effect.item);
        assert.ok(parcel);
        const reply = answer(keeper, storeMessage(idOf(9), parcel.bytes));
        waiting.push(...round.brought(reply?.[0] === 2));
      } else {
        const reply = answer(keeper, effect.message);
        waiting.push(
          ...(reply === undefined ? round.failed(keeper.name) : round.receive(keeper.name, reply)),
        );
      }
    }
  }
  assert.fail('it never ended');
}

const createKeepers = (fixture: MailboxFixture, count: number) =>
  Array.from({ length: count }, (_, fill) => fixture.createKeeper(idOf(fill + 1)));

async function makeParcels(fixture: MailboxFixture, count: number, bucket = 0) {
  const first = await fixture.make({ bucket });
  const parcels = [first];
  while (parcels.length < count) parcels.push(fixture.similar(first));
  return parcels;
}

describe('looking after copies', () => {
  test('what has too few copies goes to the nearest that lack it, and nothing else does', async () => {
    const fixture = createMailboxFixture('repair');
    const keepers = createKeepers(fixture, 5);
    const [enough, one, none] = await makeParcels(fixture, 3);
    assert.ok(enough && one && none);
    for (const keeper of keepers.slice(0, 2)) keeper.hold(enough);
    keepers[3]?.hold(one);
    const { report } = repair(fixture, [enough, one, none], keepers);
    assert.deepEqual(report, { answered: 5, liars: 0, short: 2, brought: 3 });
    assert.deepEqual(
      keepers.map(({ held }) => held.size),
      [3, 2, 0, 1, 0],
    );
    const again = repair(fixture, [enough, one, none], keepers);
    assert.deepEqual([again.report.short, again.report.brought], [0, 0]);
  });

  test('who says that it has what it lost is found out, and its copies do not count', async () => {
    const fixture = createMailboxFixture('liars');
    const keepers = createKeepers(fixture, 4);
    const parcels = await makeParcels(fixture, 3);
    for (const keeper of keepers.slice(0, 2)) for (const parcel of parcels) keeper.hold(parcel);
    const [liar] = keepers;
    for (const parcel of parcels) liar?.lose(parcel);
    const { liars, report } = repair(fixture, parcels, keepers);
    assert.deepEqual(liars, [liar?.name]);
    assert.deepEqual([report.short, report.brought], [3, 3]);
    assert.equal(keepers[2]?.held.size, 3);
  });

  test('a proof that was passed on to another keeper is none, and so is one of another round', async () => {
    const fixture = createMailboxFixture('passed on');
    const keepers = createKeepers(fixture, 3);
    const parcels = await makeParcels(fixture, 2);
    const [lazy, honest] = keepers;
    assert.ok(lazy && honest);
    for (const parcel of parcels) honest.hold(parcel);
    const { liars } = repair(
      fixture,
      parcels,
      keepers,
      {},
      (keeper, message) =>
        // It has nothing and asks the one that has everything.
        (keeper === lazy ? honest : keeper).ask('repairer', message).message,
    );
    assert.deepEqual(liars, [lazy.name]);
  });

  test('silent, refusing and faulty ones are passed over; nothing waits for ever', async () => {
    const fixture = createMailboxFixture('faulty');
    const keepers = createKeepers(fixture, 6);
    const parcels = await makeParcels(fixture, 2);
    const replies: readonly (Uint8Array | undefined)[] = [
      undefined,
      Uint8Array.of(1, 2, 3),
      encodeKeeperMessage({ type: 'lacking', isLacking: [true] }),
      encodeKeeperMessage({ type: 'refused', reason: 2, challenge: idOf(0) }),
    ];
    const { report } = repair(fixture, parcels, keepers, {}, (keeper, message) => {
      const at = keepers.indexOf(keeper);
      return at < replies.length ? replies[at] : keeper.ask('repairer', message).message;
    });
    assert.deepEqual([report.answered, report.liars, report.brought], [2, 2, 4]);
  });

  test('whoever says that it lacks everything gets a bounded number of bytes', async () => {
    const fixture = createMailboxFixture('amplification');
    const keepers = createKeepers(fixture, 3);
    const parcels = await makeParcels(fixture, 12, 4);
    let asked = 0;
    let brought = 0;
    const { report } = repair(
      fixture,
      parcels,
      keepers,
      { maxBytes: 6 * 65_536, maxBytesOfKeeper: 4 * 65_536 },
      (keeper, message) => {
        const read = decodeKeeperMessage(message);
        assert.ok(read.ok);
        if (read.value.type === 'store') brought += read.value.parcel.length;
        else asked += message.length;
        return keeper.ask('repairer', message).message;
      },
    );
    assert.equal(report.brought, 6);
    assert.equal(brought, 6 * 65_536);
    assert.ok(asked < 1_000);
  });
});

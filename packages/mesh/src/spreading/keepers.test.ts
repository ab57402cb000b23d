import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok } from '@pars/base';
import { meshErr } from '../errors.ts';
import { createParcelFixture, type ParcelFixture, testNetwork } from '../parcel/parcel-fixture.ts';
import { chooseKeepers } from './keeper-choice.ts';
import {
  createKeeperDelivery,
  type DeliveryEffect,
  type KeeperDelivery,
} from './keeper-delivery.ts';
import { createKeeperFetch } from './keeper-fetch.ts';
import { decodeKeeperMessage, encodeKeeperMessage } from './keeper-message.ts';
import { createKeeperServer, type KeeperServer } from './keeper-server.ts';

const idOf = (fill: number) => new Uint8Array(32).fill(fill);
const sends = (effects: readonly DeliveryEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect] : []));
const lastState = (effects: readonly DeliveryEffect[]) =>
  effects.findLast((effect) => effect.kind === 'state');

function createKeeper(fixture: ParcelFixture, keepsShard = true): KeeperServer {
  const { symmetric } = fixture.suite;
  return createKeeperServer({ symmetric, network: testNetwork, keepsShard: () => keepsShard });
}

/** What a keeper whose store takes everything answers. */
function answer(server: KeeperServer, message: Uint8Array): Uint8Array | undefined {
  const effects = server.receive('sender', message, 0);
  const [admit] = effects.flatMap((effect) => (effect.kind === 'admit' ? [effect] : []));
  const after = admit === undefined ? effects : server.admitted(admit.ticket, ok('stored'));
  return after.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []))[0];
}

function deliverTo(
  fixture: ParcelFixture,
  delivery: KeeperDelivery,
  effects: readonly DeliveryEffect[],
) {
  const after: DeliveryEffect[] = [];
  for (const { keeper, message } of sends(effects)) {
    const reply = answer(createKeeper(fixture), message);
    assert.ok(reply);
    after.push(...delivery.receive(keeper, reply, 10));
  }
  return after;
}

describe('the choice of keepers', () => {
  test('the nearest come first, each once, whatever the order of what is known', () => {
    const place = idOf(0);
    const known = [9, 1, 5, 1, 3, 7].map(idOf);
    const chosen = chooseKeepers(place, known, 3);
    assert.deepEqual(chosen, [1, 3, 5].map(idOf));
    assert.deepEqual(chooseKeepers(place, known.toReversed(), 3), chosen);
    assert.equal(chooseKeepers(place, known, 10).length, 5);
  });
});

describe('delivery to keepers', () => {
  test('three are asked at once, and the state is what receipts prove', async () => {
    const fixture = createParcelFixture('delivery');
    const parcel = await fixture.make();
    const delivery = createKeeperDelivery({ ...fixture, symmetric: fixture.suite.symmetric });
    const { effects } = delivery.deliver(parcel, [1, 2, 3, 4].map(idOf), 0);
    assert.equal(sends(effects).length, 3);
    assert.deepEqual([lastState(effects)?.handedTo, lastState(effects)?.storedBy], [3, 0]);
    const after = deliverTo(fixture, delivery, effects);
    const state = lastState(after);
    assert.deepEqual([state?.storedBy, state?.isDone], [3, true]);
    assert.equal(delivery.count, 0);
    assert.equal(delivery.nextDueMs, Number.POSITIVE_INFINITY);
  });

  test('high priority goes to five, emergency to seven', async () => {
    const fixture = createParcelFixture('priorities');
    const known = Array.from({ length: 12 }, (_, fill) => idOf(fill));
    for (const [priority, count] of [
      ['high', 5],
      ['emergency', 7],
    ] as const) {
      const parcel = await fixture.make({ priority });
      const delivery = createKeeperDelivery({ ...fixture, symmetric: fixture.suite.symmetric });
      assert.equal(sends(delivery.deliver(parcel, known, 0).effects).length, count);
    }
  });

  test('who is silent is asked twice and then replaced, until nobody is left', async () => {
    const fixture = createParcelFixture('silence');
    const parcel = await fixture.make();
    const delivery = createKeeperDelivery({ ...fixture, symmetric: fixture.suite.symmetric });
    const asked: string[] = [];
    let { effects } = delivery.deliver(parcel, [1, 2, 3, 4, 5].map(idOf), 0);
    for (let guard = 0; delivery.count > 0 && guard < 50; guard += 1) {
      asked.push(...sends(effects).map(({ keeper }) => keeper));
      effects = delivery.tick(delivery.nextDueMs);
    }
    assert.equal(asked.length, 10);
    assert.equal(new Set(asked).size, 5);
    assert.deepEqual(effects.at(-1)?.kind, 'gave-up');
  });

  test('a refusal and a broken link bring the next keeper; a false one changes nothing', async () => {
    const fixture = createParcelFixture('refusal');
    const parcel = await fixture.make();
    const delivery = createKeeperDelivery({ ...fixture, symmetric: fixture.suite.symmetric });
    const { effects } = delivery.deliver(parcel, [1, 2, 3, 4, 5].map(idOf), 0);
    const [first, second] = sends(effects);
    assert.ok(first && second);
    const refusal = answer(createKeeper(fixture, false), first.message);
    assert.ok(refusal);
    assert.deepEqual(delivery.receive(second.keeper, refusal, 1), []);
    assert.equal(sends(delivery.receive(first.keeper, refusal, 1)).length, 1);
    assert.equal(sends(delivery.failed(second.keeper, 1)).length, 1);
    assert.deepEqual(delivery.failed(second.keeper, 1), []);
  });

  test('a receipt of another hop, or without the parcel, proves nothing', async () => {
    const fixture = createParcelFixture('lies');
    const parcel = await fixture.make();
    const delivery = createKeeperDelivery({ ...fixture, symmetric: fixture.suite.symmetric });
    const { effects } = delivery.deliver(parcel, [1, 2, 3].map(idOf), 0);
    const [first, second] = sends(effects);
    assert.ok(first && second);
    const receipt = answer(createKeeper(fixture), first.message);
    assert.ok(receipt);
    const [lie] = delivery.receive(second.keeper, receipt, 1);
    assert.equal(lie?.kind === 'misbehaved' ? lie.failure.code : '', 'mesh/bad-receipt');
    assert.equal(lastState(delivery.receive(first.keeper, receipt, 1))?.storedBy, 1);
    assert.deepEqual(delivery.receive(first.keeper, receipt, 1), []);
  });

  test('a 65th parcel has to wait', async () => {
    const fixture = createParcelFixture('full');
    const options = { maxParcels: 2 };
    const delivery = createKeeperDelivery(
      { ...fixture, symmetric: fixture.suite.symmetric },
      options,
    );
    const taken: boolean[] = [];
    for (let time = 0; time < 3; time += 1) {
      taken.push(delivery.deliver(await fixture.make(), [idOf(1)], 0).isTaken);
    }
    assert.deepEqual(taken, [true, true, false]);
  });
});

describe('a keeper', () => {
  test('gives a receipt only for what its store took, and only for its shards', async () => {
    const fixture = createParcelFixture('keeper');
    const parcel = await fixture.make();
    const challenge = idOf(4);
    const store = encodeKeeperMessage({ type: 'store', challenge, parcel: parcel.bytes });
    const keeper = createKeeper(fixture);
    const [admit] = keeper.receive('a', store, 0);
    assert.ok(admit?.kind === 'admit');
    const [refused] = keeper.admitted(admit.ticket, meshErr('mesh/parcel-store-full'));
    assert.ok(refused?.kind === 'send');
    const read = decodeKeeperMessage(refused.message);
    assert.deepEqual(read.ok && read.value, { type: 'refused', reason: 1, challenge });
    const [foreign] = createKeeper(fixture, false).receive('a', store, 0);
    assert.ok(foreign?.kind === 'send');
    const changed = store.slice();
    changed[900] = (changed[900] ?? 0) ^ 1;
    const codes = keeper
      .receive('a', changed, 0)
      .flatMap((effect) => (effect.kind === 'misbehaved' ? [effect.failure.code] : []));
    assert.deepEqual(codes, ['mesh/bad-parcel']);
  });

  test('holds a bounded number of requests, and a client that is down loses its own', async () => {
    const fixture = createParcelFixture('flood');
    const keeper = createKeeper(fixture);
    const ask = encodeKeeperMessage({ type: 'ask', question: 1, tags: [idOf(1)] });
    const kinds = Array.from({ length: 20 }, () => keeper.receive('a', ask, 0)[0]?.kind);
    assert.equal(kinds.filter((kind) => kind === 'find').length, 16);
    assert.equal(keeper.receive('b', ask, 0)[0]?.kind, 'find');
    keeper.clientDown('a');
    assert.deepEqual(keeper.found(1, []), []);
    assert.equal(keeper.receive('a', ask, 0)[0]?.kind, 'find');
  });
});

describe('fetching', () => {
  function createFetch(fixture: ParcelFixture) {
    const dummies = (count: number) =>
      Array.from({ length: count }, () => fixture.random.bytes(32));
    const { symmetric } = fixture.suite;
    return createKeeperFetch({ symmetric, network: testNetwork, dummies }, { tagsPerSlot: 8 });
  }

  test('every question has the same length, and a locked node asks for dummies only', async () => {
    const fixture = createParcelFixture('constant');
    const fetch = createFetch(fixture);
    const lengths = new Set<number>();
    const wanted = Array.from({ length: 6 }, () => fixture.random.bytes(32));
    let own = 0;
    const ask = () => {
      for (const effect of fetch.slot(['k1', 'k2', 'k3'], 0)) {
        if (effect.kind !== 'send') continue;
        lengths.add(effect.message.length);
        const message = decodeKeeperMessage(effect.message);
        assert.ok(message.ok && message.value.type === 'ask');
        const texts = new Set(message.value.tags.map(String));
        own += wanted.filter((tag) => texts.has(String(tag))).length;
      }
    };
    ask();
    for (const tag of wanted) fetch.want(tag);
    fetch.setLocked(true);
    ask();
    assert.equal(own, 0);
    fetch.setLocked(false);
    ask();
    assert.equal(own, 4);
    ask();
    assert.equal(lengths.size, 1);
  });

  test('what is wanted comes, once; what was not asked for is refused', async () => {
    const fixture = createParcelFixture('fetch');
    const fetch = createFetch(fixture);
    const [parcel, other] = [await fixture.make(), await fixture.make()];
    fetch.want(parcel.header.tag);
    const keeper = createKeeper(fixture);
    const exchange = (parcels: readonly Uint8Array[]) => {
      const [ask] = fetch.slot(['k'], 0);
      assert.ok(ask?.kind === 'send');
      const [find] = keeper.receive('me', ask.message, 0);
      assert.ok(find?.kind === 'find');
      return keeper
        .found(find.ticket, parcels)
        .flatMap((effect) => (effect.kind === 'send' ? fetch.receive('k', effect.message, 0) : []));
    };
    assert.deepEqual(exchange([]), []);
    const [lie] = exchange([other.bytes]);
    assert.equal(lie?.kind === 'misbehaved' ? lie.failure.code : '', 'mesh/bad-keeper-message');
    const [got] = exchange([parcel.bytes]);
    assert.deepEqual(got?.kind === 'fetched' ? got.parcel.bytes : undefined, parcel.bytes);
    assert.equal(fetch.wantedCount, 0);
  });

  test('a silent keeper is passed over', () => {
    const fixture = createParcelFixture('passed over');
    const fetch = createFetch(fixture);
    const end = (question: number) => encodeKeeperMessage({ type: 'end', question });
    const asked: string[] = [];
    for (let slot = 1; slot <= 9; slot += 1) {
      const [ask] = fetch.slot(['good', 'silent'], 0);
      if (ask?.kind !== 'send') continue;
      asked.push(ask.keeper);
      if (ask.keeper === 'good') fetch.receive('good', end(slot), 0);
    }
    assert.equal(asked.filter((keeper) => keeper === 'silent').length, 1);
  });
});

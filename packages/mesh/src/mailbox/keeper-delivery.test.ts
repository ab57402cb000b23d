import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseKeepers } from './keeper-choice.ts';
import {
  createKeeperDelivery,
  type DeliveryEffect,
  type DeliveryOptions,
  type KeeperDelivery,
} from './keeper-delivery.ts';
import { createMailboxFixture, type MailboxFixture, mailboxNetwork } from './mailbox-fixture.ts';

const idOf = (fill: number) => new Uint8Array(32).fill(fill);
const sends = (effects: readonly DeliveryEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect] : []));
const lastState = (effects: readonly DeliveryEffect[]) =>
  effects.findLast((effect) => effect.kind === 'state');

function createDelivery(fixture: MailboxFixture, options?: DeliveryOptions): KeeperDelivery {
  const { random, symmetric } = fixture;
  return createKeeperDelivery({ random, symmetric, network: mailboxNetwork }, options);
}

function answerOf(fixture: MailboxFixture, message: Uint8Array, isResponsible = true): Uint8Array {
  const keeper = fixture.createKeeper(idOf(0));
  keeper.isResponsible = isResponsible;
  const answer = keeper.ask('sender', message).message;
  assert.ok(answer);
  return answer;
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
    const fixture = createMailboxFixture('delivery');
    const parcel = await fixture.make();
    const delivery = createDelivery(fixture);
    const { effects } = delivery.deliver(parcel, [1, 2, 3, 4].map(idOf), 0);
    assert.equal(sends(effects).length, 3);
    assert.deepEqual([lastState(effects)?.handedTo, lastState(effects)?.storedBy], [3, 0]);
    const after = sends(effects).flatMap(({ keeper, message }) =>
      delivery.receive(keeper, answerOf(fixture, message), 10),
    );
    const state = lastState(after);
    assert.deepEqual([state?.storedBy, state?.isDone], [3, true]);
    assert.equal(delivery.count, 0);
    assert.equal(delivery.nextDueMs, Number.POSITIVE_INFINITY);
  });

  test('high priority goes to five, emergency to seven; who proved it before counts', async () => {
    const fixture = createMailboxFixture('priorities');
    const known = Array.from({ length: 12 }, (_, fill) => idOf(fill));
    for (const [priority, count] of [
      ['high', 5],
      ['emergency', 7],
    ] as const) {
      const parcel = await fixture.make({ priority });
      const { effects } = createDelivery(fixture).deliver(parcel, known, 0);
      assert.equal(sends(effects).length, count);
      const first = sends(effects)[0]?.keeper ?? '';
      const again = createDelivery(fixture).deliver(parcel, known, 0, new Set([first]));
      assert.equal(sends(again.effects).length, count - 1);
      assert.ok(sends(again.effects).every(({ keeper }) => keeper !== first));
    }
  });

  test('who is silent is asked twice and then replaced, until nobody is left', async () => {
    const fixture = createMailboxFixture('silence');
    const parcel = await fixture.make();
    const delivery = createDelivery(fixture);
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
    const fixture = createMailboxFixture('refusal');
    const parcel = await fixture.make();
    const delivery = createDelivery(fixture);
    const { effects } = delivery.deliver(parcel, [1, 2, 3, 4, 5].map(idOf), 0);
    const [first, second] = sends(effects);
    assert.ok(first && second);
    const refusal = answerOf(fixture, first.message, false);
    assert.deepEqual(delivery.receive(second.keeper, refusal, 1), []);
    assert.equal(sends(delivery.receive(first.keeper, refusal, 1)).length, 1);
    assert.equal(sends(delivery.failed(second.keeper, 1)).length, 1);
    assert.deepEqual(delivery.failed(second.keeper, 1), []);
  });

  test('a receipt of another hop, or a repeated one, proves nothing', async () => {
    const fixture = createMailboxFixture('lies');
    const parcel = await fixture.make();
    const delivery = createDelivery(fixture);
    const { effects } = delivery.deliver(parcel, [1, 2, 3].map(idOf), 0);
    const [first, second] = sends(effects);
    assert.ok(first && second);
    const receipt = answerOf(fixture, first.message);
    const [lie] = delivery.receive(second.keeper, receipt, 1);
    assert.equal(lie?.kind === 'misbehaved' ? lie.failure.code : '', 'mesh/bad-receipt');
    assert.equal(lastState(delivery.receive(first.keeper, receipt, 1))?.storedBy, 1);
    assert.deepEqual(delivery.receive(first.keeper, receipt, 1), []);
  });

  test('what is too much has to wait', async () => {
    const fixture = createMailboxFixture('full');
    const delivery = createDelivery(fixture, { maxParcels: 2 });
    const taken: boolean[] = [];
    for (let time = 0; time < 3; time += 1) {
      taken.push(delivery.deliver(await fixture.make(), [idOf(1)], 0).isTaken);
    }
    assert.deepEqual(taken, [true, true, false]);
  });
});

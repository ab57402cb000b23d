import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok } from '@pars/base';
import { meshErr } from '../errors.ts';
import type { GossipEffect } from './gossip-effect.ts';
import {
  codesOf,
  createDuel,
  createTestNetwork,
  gossipParcel,
  messagesTo,
} from './gossip-fixture.ts';
import { gossipShortId } from './gossip-short-id.ts';

function ticketOf(effects: readonly GossipEffect[]): number {
  const [admit] = effects.flatMap((effect) => (effect.kind === 'admit' ? [effect.ticket] : []));
  assert.ok(admit !== undefined, 'nothing to admit');
  return admit;
}

const sendsParcel = (effects: readonly GossipEffect[], peer: number) =>
  messagesTo(effects, peer).some(({ type }) => type === 'parcel');

describe('spreading', () => {
  test('nothing is passed on before the own store has taken it, and nothing that it refused', () => {
    for (const verdict of [ok('stored' as const), meshErr('mesh/parcel-over-quota')]) {
      const duel = createDuel('admission', 4);
      const parcel = gossipParcel(duel.random, 0);
      const arrival = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel });
      assert.deepEqual(
        arrival.map(({ kind }) => kind),
        ['admit'],
      );
      assert.deepEqual(duel.gossip.tick(1_000), []);
      const after = duel.gossip.admitted(ticketOf(arrival), verdict, 0);
      const told = [...after, ...duel.gossip.tick(1_000)];
      assert.equal(
        told.some(({ kind }) => kind === 'send'),
        verdict.ok,
      );
      assert.deepEqual(messagesTo(told, 1), []);
    }
  });

  test('early it is pushed to few; once somebody else has told of it, to none', () => {
    for (const isKnown of [false, true]) {
      const duel = createDuel('early', 6, { earlyPushes: 2 });
      const parcel = gossipParcel(duel.random, 2);
      const short = gossipShortId(duel.symmetric.sha3(parcel.subarray(0, 512)), duel.salt);
      if (isKnown) duel.say({ type: 'have', gossipClass: 'emergency', shorts: [short] }, 2);
      const arrival = duel.say({ type: 'parcel', gossipClass: 'emergency', parcel });
      const after = duel.gossip.admitted(ticketOf(arrival), ok('stored'), 0);
      const pushed = [1, 2, 3, 4, 5, 6].filter((peer) => sendsParcel(after, peer));
      const told = [1, 2, 3, 4, 5, 6].filter((peer) => messagesTo(after, peer)[0]?.type === 'have');
      assert.equal(pushed.length, isKnown ? 0 : 2);
      assert.equal(told.length, isKnown ? 4 : 3);
    }
  });

  test('a graft is pushed to, a prune is not', () => {
    const duel = createDuel('graft', 3, { ownPushes: 0 });
    duel.say({ type: 'graft' }, 2);
    duel.say({ type: 'graft' }, 3);
    duel.say({ type: 'prune' }, 3);
    const published = duel.gossip.publish('ledger', gossipParcel(duel.random, 0), 0);
    assert.ok(published.ok);
    const pushed = [1, 2, 3].filter((peer) => sendsParcel(published.value, peer));
    assert.deepEqual(pushed, [2]);
  });

  test('who is often the first to tell is grafted, and pruned after duplicates, not after the first', () => {
    const duel = createDuel('tree', 2, { maxFeeders: 1 });
    const sent: string[] = [];
    const note = (effects: readonly GossipEffect[]) => {
      for (const { type } of messagesTo(effects, 1)) {
        if (type === 'graft' || type === 'prune') sent.push(type);
      }
    };
    const arrive = (parcel: Uint8Array, peer: number) =>
      duel.say({ type: 'parcel', gossipClass: 'ledger', parcel }, peer);
    for (let time = 0; time < 4; time += 1) {
      const parcel = gossipParcel(duel.random, 0);
      const short = gossipShortId(duel.symmetric.sha3(parcel.subarray(0, 512)), duel.salt);
      const pulled = duel.say({ type: 'have', gossipClass: 'ledger', shorts: [short] });
      assert.deepEqual(messagesTo(pulled, 1), [{ type: 'pull', shorts: [short] }]);
      const arrival = arrive(parcel, 1);
      note(arrival);
      note(duel.gossip.admitted(ticketOf(arrival), ok('stored'), 0));
    }
    assert.deepEqual(sent, ['graft']);
    const duplicates: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      const parcel = gossipParcel(duel.random, 0);
      note(duel.gossip.admitted(ticketOf(arrive(parcel, 2)), ok('stored'), 0));
      note(arrive(parcel, 1));
      if (sent.length === 2) duplicates.push(time);
    }
    assert.deepEqual(sent, ['graft', 'prune']);
    assert.equal(duplicates[0], 1);
  });

  test('while somebody pushes, what others tell is waited for a moment before it is pulled', () => {
    const duel = createDuel('wait', 2, { maxFeeders: 1, pullWaitMs: 40 });
    for (let time = 0; time < 4; time += 1) {
      const parcel = gossipParcel(duel.random, 0);
      const short = gossipShortId(duel.symmetric.sha3(parcel.subarray(0, 512)), duel.salt);
      duel.say({ type: 'have', gossipClass: 'ledger', shorts: [short] });
      const arrival = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel });
      duel.gossip.admitted(ticketOf(arrival), ok('stored'), 0);
    }
    assert.equal(duel.gossip.stats().feeders, 1);
    assert.deepEqual(duel.say({ type: 'have', gossipClass: 'ledger', shorts: [77] }, 2, 100), []);
    assert.deepEqual(messagesTo(duel.gossip.tick(139), 2), []);
    assert.deepEqual(messagesTo(duel.gossip.tick(141), 2), [{ type: 'pull', shorts: [77] }]);
  });

  test('a pull that is not answered goes to the next who told, and ends', () => {
    const duel = createDuel('gap', 2);
    const first = duel.say({ type: 'have', gossipClass: 'ledger', shorts: [5] }, 1, 0);
    assert.equal(messagesTo(first, 1).length, 1);
    duel.say({ type: 'have', gossipClass: 'ledger', shorts: [5] }, 2, 1);
    const asked = new Set<number>();
    for (let guard = 0; duel.gossip.stats().wanted > 0 && guard < 100; guard += 1) {
      const effects = duel.gossip.tick(duel.gossip.nextDueMs);
      for (const peer of [1, 2]) if (messagesTo(effects, peer).length > 0) asked.add(peer);
    }
    assert.deepEqual(asked, new Set([1, 2]));
    assert.equal(duel.gossip.stats().wanted, 0);
  });

  test('an island parcel spreads on an island only, and only an emergency is one', () => {
    const duel = createDuel('classes', 2);
    const normal = gossipParcel(duel.random, 0);
    const emergency = gossipParcel(duel.random, 2);
    assert.equal(duel.gossip.publish('emergency', normal, 0).ok, false);
    assert.equal(duel.gossip.publish('ledger', emergency, 0).ok, false);
    const lie = duel.say({ type: 'parcel', gossipClass: 'emergency', parcel: normal });
    assert.deepEqual(codesOf(lie), ['mesh/not-gossiped']);
    duel.gossip.setIsland(false);
    assert.equal(duel.gossip.publish('island', normal, 0).ok, false);
    assert.deepEqual(duel.say({ type: 'parcel', gossipClass: 'island', parcel: normal }), []);
    assert.deepEqual(duel.say({ type: 'have', gossipClass: 'island', shorts: [1] }), []);
    assert.equal(duel.gossip.stats().remembered, 0);
    duel.gossip.setIsland(true);
    const arrival = duel.say({ type: 'parcel', gossipClass: 'island', parcel: normal });
    assert.equal(ticketOf(arrival), 1);
  });

  test('what many are known to have is told to the rest later, and together', () => {
    const duel = createDuel('late', 8, { lateTellFrom: 4, lateTellMs: 1_000, haveDelayMs: 0 });
    const told = (effects: readonly GossipEffect[]) =>
      [5, 6, 7, 8].map((peer) =>
        messagesTo(effects, peer).flatMap((message) =>
          message.type === 'have' ? message.shorts : [],
        ),
      );
    for (const nowMs of [0, 100]) {
      const parcel = gossipParcel(duel.random, 0);
      const short = gossipShortId(duel.symmetric.sha3(parcel.subarray(0, 512)), duel.salt);
      for (const peer of [1, 2, 3, 4]) {
        duel.say({ type: 'have', gossipClass: 'ledger', shorts: [short] }, peer, nowMs);
      }
      const arrival = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel }, 1, nowMs);
      const stored = duel.gossip.admitted(ticketOf(arrival), ok('stored'), nowMs);
      assert.deepEqual(told(stored).flat(), []);
    }
    assert.equal(duel.gossip.nextDueMs, 1_000);
    const late = told(duel.gossip.tick(1_000));
    assert.deepEqual(
      late.map((shorts) => shorts.length),
      [2, 2, 2, 2],
    );
    assert.deepEqual(messagesTo(duel.gossip.tick(5_000), 5), []);
  });

  test('of a busy class the first is told at once, and what follows closely is gathered', () => {
    const duel = createDuel('gather', 1, { ownPushes: 0, haveDelayMs: 5 });
    const shortsAt = (nowMs: number) => {
      const published = duel.gossip.publish('ledger', gossipParcel(duel.random, 0), nowMs);
      assert.ok(published.ok);
      return published.value.length;
    };
    assert.deepEqual([shortsAt(100), shortsAt(101), shortsAt(104)], [1, 0, 0]);
    const [gathered] = messagesTo(duel.gossip.tick(105), 1);
    assert.ok(gathered?.type === 'have' && gathered.shorts.length === 2);
    assert.equal(shortsAt(200), 1);
  });

  test('what had to be pulled is pushed to fewer, and what was published here to more', () => {
    const pushes = (effects: readonly GossipEffect[]) =>
      [1, 2, 3, 4, 5, 6, 7, 8].filter((peer) => sendsParcel(effects, peer)).length;
    const duel = createDuel('pulled', 8, { ownPushes: 6 });
    const parcel = gossipParcel(duel.random, 0);
    const short = gossipShortId(duel.symmetric.sha3(parcel.subarray(0, 512)), duel.salt);
    duel.say({ type: 'have', gossipClass: 'ledger', shorts: [short] });
    const pulled = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel });
    assert.equal(pushes(duel.gossip.admitted(ticketOf(pulled), ok('stored'), 0)), 1);
    const other = gossipParcel(duel.random, 0);
    const pushed = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel: other });
    assert.equal(pushes(duel.gossip.admitted(ticketOf(pushed), ok('stored'), 0)), 2);
    const own = duel.gossip.publish('ledger', gossipParcel(duel.random, 0), 0);
    assert.ok(own.ok && pushes(own.value) === 6);
  });

  test('a slow link holds one class back no longer than another, and the rest is told later', () => {
    const duel = createDuel('slow', 1, { ownPushes: 16, sendWindowBytes: 16_384 });
    const sent: number[] = [];
    const note = (effects: readonly GossipEffect[]) => {
      for (const message of messagesTo(effects, 1)) {
        if (message.type === 'parcel') sent.push(message.gossipClass === 'ledger' ? 0 : 1);
      }
    };
    for (let time = 0; time < 100; time += 1) {
      const published = duel.gossip.publish('ledger', gossipParcel(duel.random, 0, 4_096), 0);
      if (published.ok) note(published.value);
    }
    const before = sent.length;
    assert.ok(before <= 5, 'more than the window is under way');
    const urgent = duel.gossip.publish('emergency', gossipParcel(duel.random, 2), 0);
    if (urgent.ok) note(urgent.value);
    while (!sent.includes(1)) note(duel.gossip.drained(1, 4_097));
    assert.ok(sent.length <= before + 2, 'the emergency waited behind the flood');
    for (let time = 0; time < 200; time += 1) note(duel.gossip.drained(1, 4_097));
    assert.ok(sent.length > 50);
  });

  test('large parcels are never pushed, and cross in parts', () => {
    const network = createTestNetwork('large', 2, { ownPushes: 16 });
    network.connect(0, 1);
    network.settle();
    const parcel = gossipParcel(network.random, 0, 262_144);
    network.publish(0, 'ledger', parcel);
    network.settle();
    assert.deepEqual([...(network.nodes[1]?.stored.values() ?? [])], [parcel]);
    assert.equal(network.nodes[1]?.copies, 0);
  });

  test('what the store does not have in memory is read, and what it lost is gone', () => {
    const duel = createDuel('read', 1, { ownPushes: 0 });
    const parcels = Array.from({ length: 40 }, () => gossipParcel(duel.random, 0, 262_144));
    const told: number[] = [];
    for (const parcel of parcels) {
      const published = duel.gossip.publish('ledger', parcel, 0);
      assert.ok(published.ok);
    }
    for (const message of messagesTo(duel.gossip.tick(100), 1)) {
      if (message.type === 'have') told.push(...message.shorts);
    }
    assert.ok(duel.gossip.stats().heldBytes <= 4_194_304);
    const pulled = duel.say({ type: 'pull', shorts: told.slice(0, 1) });
    const [read] = pulled.flatMap((effect) => (effect.kind === 'read' ? [effect] : []));
    assert.ok(read);
    const lost = duel.gossip.loaded(read.ticket, undefined, 0);
    assert.deepEqual(messagesTo(lost, 1), [{ type: 'gone', shorts: told.slice(0, 1) }]);
  });
});

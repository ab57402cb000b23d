import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok } from '@pars/base';
import { meshErr } from '../errors.ts';
import { codesOf, createDuel, gossipParcel, messagesTo } from './gossip-fixture.ts';
import { gossipShortId } from './gossip-short-id.ts';

describe('a hostile neighbour', () => {
  test('that floods with parcels is cut off and reported; another class is not touched', () => {
    const duel = createDuel('flood', 2);
    let admitted = 0;
    const codes = new Set<string>();
    for (let time = 0; time < 3_000; time += 1) {
      const parcel = gossipParcel(duel.random, 0);
      for (const effect of duel.say({ type: 'parcel', gossipClass: 'ledger', parcel })) {
        if (effect.kind === 'misbehaved') codes.add(effect.failure.code);
        if (effect.kind !== 'admit') continue;
        admitted += 1;
        duel.gossip.admitted(effect.ticket, ok('stored'), 0);
      }
    }
    assert.deepEqual([...codes], ['mesh/gossip-flood']);
    assert.equal(admitted, 2_048);
    const parcel = gossipParcel(duel.random, 2);
    const urgent = duel.say({ type: 'parcel', gossipClass: 'emergency', parcel });
    assert.equal(urgent.at(-1)?.kind, 'admit');
    const other = gossipParcel(duel.random, 0);
    const honest = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel: other }, 2);
    assert.equal(honest.at(-1)?.kind, 'admit');
  });

  test('that tells and never delivers is asked later than others, and reported', () => {
    const duel = createDuel('withhold', 2);
    const codes: string[] = [];
    let nowMs = 0;
    for (let short = 1; short <= 20; short += 1) {
      duel.say({ type: 'have', gossipClass: 'ledger', shorts: [short] }, 1, nowMs);
      while (duel.gossip.nextDueMs < Number.POSITIVE_INFINITY) {
        nowMs = duel.gossip.nextDueMs;
        codes.push(...codesOf(duel.gossip.tick(nowMs)));
      }
    }
    assert.ok(codes.includes('mesh/gossip-withheld'));
    duel.say({ type: 'have', gossipClass: 'ledger', shorts: [99] }, 1, nowMs);
    const honest = duel.say({ type: 'have', gossipClass: 'ledger', shorts: [99] }, 2, nowMs + 10);
    assert.deepEqual(messagesTo(honest, 2), [{ type: 'pull', shorts: [99] }]);
    // It is believed only about what others tell of, too.
    const { remembered } = duel.gossip.stats();
    duel.say({ type: 'have', gossipClass: 'ledger', shorts: [100] }, 1, nowMs + 20);
    assert.equal(duel.gossip.stats().remembered, remembered);
  });

  test('that changes the body does not keep the parcel from coming from another', () => {
    const duel = createDuel('corrupt', 2);
    const parcel = gossipParcel(duel.random, 0);
    const changed = parcel.slice();
    changed[1_000] = 1;
    const bad = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel: changed });
    const [ticket] = bad.flatMap((effect) => (effect.kind === 'admit' ? [effect.ticket] : []));
    assert.ok(ticket !== undefined);
    // The honest copy comes while the bad one is looked at.
    duel.say({ type: 'parcel', gossipClass: 'ledger', parcel }, 2);
    const after = duel.gossip.admitted(ticket, meshErr('mesh/bad-parcel'), 0);
    assert.deepEqual(codesOf(after), ['mesh/bad-parcel']);
    const short = gossipShortId(duel.symmetric.sha3(parcel.subarray(0, 512)), duel.salt);
    assert.deepEqual(messagesTo(after, 2), [{ type: 'pull', shorts: [short] }]);
    const again = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel }, 2);
    assert.equal(again.at(-1)?.kind, 'admit');
  });

  test('that repeats a parcel for ever is reported, and the store is asked once', () => {
    const duel = createDuel('replay');
    const parcel = gossipParcel(duel.random, 0, 16_384);
    let admits = 0;
    const codes: string[] = [];
    for (let time = 0; time < 200; time += 1) {
      const effects = duel.say({ type: 'parcel', gossipClass: 'ledger', parcel });
      codes.push(...codesOf(effects));
      for (const effect of effects) {
        if (effect.kind !== 'admit') continue;
        admits += 1;
        duel.gossip.admitted(effect.ticket, ok('stored'), 0);
      }
    }
    assert.equal(admits, 1);
    assert.ok(codes.length > 0 && codes.length <= 4);
    assert.equal(codes[0], 'mesh/gossip-flood');
  });

  test('that replays old parcels of the store makes nobody tell of them again', () => {
    const duel = createDuel('old', 3);
    const parcel = gossipParcel(duel.random, 2);
    const arrival = duel.say({ type: 'parcel', gossipClass: 'emergency', parcel });
    const [ticket = 0] = arrival.flatMap((e) => (e.kind === 'admit' ? [e.ticket] : []));
    assert.deepEqual(duel.gossip.admitted(ticket, ok('known'), 0), []);
    assert.deepEqual(duel.gossip.tick(10_000), []);
  });

  test('that tells of a million parcels fills a bounded window and is reported', () => {
    const duel = createDuel('haves', 1, { maxIds: 1_000 });
    const codes = new Set<string>();
    let asked = 0;
    for (let at = 0; at < 2_000; at += 1) {
      const shorts = Array.from({ length: 512 }, (_, place) => 512 * at + place);
      const effects = duel.say({ type: 'have', gossipClass: 'ledger', shorts });
      for (const code of codesOf(effects)) codes.add(code);
      for (const message of messagesTo(effects, 1)) {
        if (message.type === 'pull') asked += message.shorts.length;
      }
    }
    assert.deepEqual([...codes], ['mesh/gossip-flood']);
    assert.ok(duel.gossip.stats().remembered <= 1_000);
    assert.ok(asked <= 32, 'more pulls under way than one neighbour may have');
  });

  test('all that prune cannot keep a node from being heard: it pushes to some and tells the rest', () => {
    const duel = createDuel('prune', 6, { ownPushes: 2 });
    for (let peer = 1; peer <= 6; peer += 1) duel.say({ type: 'prune' }, peer);
    const published = duel.gossip.publish('emergency', gossipParcel(duel.random, 2), 0);
    assert.ok(published.ok);
    const heard = [1, 2, 3, 4, 5, 6].map((peer) => messagesTo(published.value, peer)[0]?.type);
    assert.equal(heard.filter((type) => type === 'parcel').length, 2);
    assert.equal(heard.filter((type) => type === 'have').length, 4);
  });

  test('that all graft make a node push to 16 at most', () => {
    const duel = createDuel('grafts', 40, { ownPushes: 0 });
    for (let peer = 1; peer <= 40; peer += 1) duel.say({ type: 'graft' }, peer);
    const published = duel.gossip.publish('ledger', gossipParcel(duel.random, 0), 0);
    assert.ok(published.ok);
    const pushes = published.value.filter((e) => e.kind === 'send' && e.message.length > 1_024);
    assert.equal(pushes.length, 16);
  });

  test('that sends parts which were not asked for gets no memory', () => {
    const duel = createDuel('parts');
    const bytes = new Uint8Array(16_128);
    const effects = duel.say({ type: 'part', gossipClass: 'ledger', bucket: 5, offset: 0, bytes });
    assert.deepEqual(codesOf(effects), ['mesh/bad-gossip-message']);
    assert.equal(duel.gossip.stats().heldBytes, 0);
  });

  test('that pulls what it was not told of, or all the time, gets a word and a bound', () => {
    const duel = createDuel('pulls');
    const gone = duel.say({ type: 'pull', shorts: [1, 2] });
    assert.deepEqual(messagesTo(gone, 1), [{ type: 'gone', shorts: [1, 2] }]);
    const published = duel.gossip.publish('ledger', gossipParcel(duel.random, 0, 65_536), 0);
    assert.ok(published.ok);
    const [have] = messagesTo(published.value, 1);
    assert.ok(have?.type === 'have');
    let bytes = 0;
    for (let time = 0; time < 500; time += 1) {
      for (const effect of duel.say({ type: 'pull', shorts: have.shorts }, 1, 100)) {
        if (effect.kind === 'send') bytes += effect.message.length;
      }
      for (const effect of duel.gossip.drained(1, 1_000_000)) {
        if (effect.kind === 'send') bytes += effect.message.length;
      }
    }
    assert.ok(bytes > 1_000_000 && bytes < 4_300_000);
  });

  test('a 65th link is refused', () => {
    const duel = createDuel('links', 64);
    const one = duel.gossip.peerUp(65, 0);
    assert.equal(one.ok ? '' : one.error.code, 'mesh/too-many-links');
    duel.gossip.peerDown(3, 0);
    assert.equal(duel.gossip.peerUp(65, 0).ok, true);
  });

  test('bytes that are no message are reported, at most four times at once', () => {
    const duel = createDuel('noise');
    let reports = 0;
    for (let time = 0; time < 100; time += 1) {
      reports += duel.gossip.receive(1, Uint8Array.of(255, time), 0).length;
    }
    assert.equal(reports, 4);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import { createFindWorld, type FindWorldOptions } from './find-world-fixture.ts';
import { createLookup } from './lookup.ts';
import { contactFromPlace } from './node-contact.ts';
import { placeInBucket } from './place.ts';

/** Searches of random honest nodes: how many found the nearest honest node, and what part of the nearest ten. */
function measure(options: Partial<FindWorldOptions>, searches = 40) {
  const world = createFindWorld({ seed: 'lookup', nodes: 120, hostileShare: 0, ...options });
  world.takeAsks();
  let nearest = 0;
  let ofTen = 0;
  for (let at = 0; at < searches; at += 1) {
    const place = world.random.bytes(32);
    const from = world.random.pick(world.honest);
    const found = new Set(world.search(from, place).nodes.map(({ fingerprint }) => fingerprint));
    const truth = world
      .nearestHonest(place, 11)
      .filter(({ fingerprint }) => fingerprint !== from.contact.fingerprint)
      .slice(0, 10);
    if (found.has(truth[0]?.fingerprint ?? assert.fail())) nearest += 1;
    ofTen += truth.filter(({ fingerprint }) => found.has(fingerprint)).length / 10;
  }
  return {
    nearest: nearest / searches,
    ofTen: ofTen / searches,
    asks: world.takeAsks() / searches,
  };
}

describe('a search', () => {
  test('finds the nearest among honest nodes', () => {
    const { asks, nearest, ofTen } = measure({});
    assert.ok(nearest >= 0.98 && ofTen >= 0.98, `${nearest} ${ofTen}`);
    assert.ok(asks < 45, `${asks}`);
  });
  for (const malice of ['eclipse', 'dead-ends', 'silent'] as const) {
    test(`finds them among a fifth of hostile nodes (${malice})`, () => {
      const { asks, nearest, ofTen } = measure({ hostileShare: 0.2, malice });
      assert.ok(nearest >= 0.9 && ofTen >= 0.9, `${nearest} ${ofTen}`);
      assert.ok(asks <= 160, `${asks}`);
    });
  }

  test('ends, within its bound, when everybody answers with inventions', () => {
    const random = createSimulationRandom('flood');
    const place = random.bytes(32);
    const invented = (bits: number) =>
      contactFromPlace(placeInBucket(place, bits, random.bytes(32)), [
        { transport: 'tcp', ip: Uint8Array.of(20 + random.below(70), ...random.bytes(3)), port: 1 },
      ]);
    const seeds = Array.from({ length: 60 }, () => invented(0));
    const lookup = createLookup(invented(1).fingerprint, place, seeds, { networkSize: 1e9 });
    let step = lookup.start();
    const queue = [...step.asks];
    let asked = 0;
    // Everything that was invented is there, and names more that is nearer still.
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      asked += 1;
      const answer = Array.from({ length: 20 }, () => invented(Math.min(250, 10 + asked)));
      step = lookup.answered(next.fingerprint, answer);
      queue.push(...step.asks);
    }
    assert.ok(step.found !== undefined);
    assert.ok(asked <= 160, `${asked}`);
    assert.equal(step.found.nodes.length, 20);
  });

  test('asks as many as it may, and never itself', () => {
    const random = createSimulationRandom('bound');
    const place = random.bytes(32);
    const node = (bits: number) =>
      contactFromPlace(placeInBucket(place, bits, random.bytes(32)), [
        { transport: 'tcp', ip: Uint8Array.of(20 + random.below(70), ...random.bytes(3)), port: 1 },
      ]);
    const own = node(30);
    const seeds = Array.from({ length: 40 }, () => node(2));
    const lookup = createLookup(own.fingerprint, place, seeds, { maxAsks: 12 });
    let step = lookup.start();
    const queue = [...step.asks];
    const asked: string[] = [];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      asked.push(next.fingerprint);
      step = lookup.answered(next.fingerprint, [own, node(10)]);
      queue.push(...step.asks);
    }
    assert.equal(asked.length, 12);
    assert.ok(!asked.includes(own.fingerprint));
    assert.ok(step.found?.nodes.every(({ fingerprint }) => fingerprint !== own.fingerprint));
  });

  test('asks no more of what only liars told of', () => {
    const random = createSimulationRandom('liar');
    const place = random.bytes(32);
    const node = (bits: number) =>
      contactFromPlace(placeInBucket(place, bits, random.bytes(32)), [
        { transport: 'tcp', ip: Uint8Array.of(20 + random.below(70), ...random.bytes(3)), port: 1 },
      ]);
    const liar = node(0);
    const lookup = createLookup(node(1).fingerprint, place, [liar]);
    assert.deepEqual(
      lookup.start().asks.map(({ fingerprint }) => fingerprint),
      [liar.fingerprint],
    );
    let step = lookup.answered(
      liar.fingerprint,
      Array.from({ length: 20 }, () => node(40)),
    );
    const queue = [...step.asks];
    let failures = 0;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      failures += 1;
      step = lookup.failed(next.fingerprint);
      queue.push(...step.asks);
    }
    assert.ok(failures <= 8, `${failures}`);
    assert.deepEqual(
      step.found?.nodes.map(({ fingerprint }) => fingerprint),
      [liar.fingerprint],
    );
  });

  test('says when a place is crowded, and when it is thin', () => {
    const random = createSimulationRandom('density');
    const place = random.bytes(32);
    const result = (bits: number) => {
      const seeds = Array.from({ length: 20 }, () =>
        contactFromPlace(placeInBucket(place, bits, random.bytes(32)), [
          {
            transport: 'tcp',
            ip: Uint8Array.of(20 + random.below(70), ...random.bytes(3)),
            port: 1,
          },
        ]),
      );
      const lookup = createLookup(random.bytes(32).join('') as never, place, seeds, {
        networkSize: 2_000,
      });
      let step = lookup.start();
      const queue = [...step.asks];
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        step = lookup.answered(next.fingerprint, seeds);
        queue.push(...step.asks);
      }
      return step.found ?? assert.fail();
    };
    assert.deepEqual([result(14).isCrowded, result(14).isThin], [true, false]);
    assert.deepEqual([result(6).isCrowded, result(6).isThin], [false, false]);
    assert.deepEqual([result(3).isCrowded, result(3).isThin], [false, true]);
  });
});

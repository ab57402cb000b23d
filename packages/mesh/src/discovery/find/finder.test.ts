import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import fc from 'fast-check';
import type { Endpoint } from '../address/index.ts';
import { fuzzTargets } from '../discovery.fuzz.ts';
import { sampleMessages } from '../discovery-sample-fixture.ts';
import { decodeFindMessage, encodeFindMessage, maxFindMessage } from './find-message.ts';
import { createFinder, type FinderEffect } from './finder.ts';
import { contactFromPlace } from './node-contact.ts';

const random = createSimulationRandom('finder');
const endpoint = (a: number, b: number): Endpoint => ({
  transport: 'tcp',
  ip: Uint8Array.of(44, a, b, 1),
  port: 4_001,
});
const contact = (a: number, b: number) => contactFromPlace(random.bytes(32), [endpoint(a, b)]);
const asks = (effects: readonly FinderEffect[]) =>
  effects.filter((effect) => effect.kind === 'ask');

function createNode() {
  const finder = createFinder({ random }, contactFromPlace(random.bytes(32), []));
  finder.serveAt([endpoint(1, 1)]);
  return finder;
}
const find = (endpoints: readonly Endpoint[]) =>
  encodeFindMessage({ type: 'find', place: random.bytes(32), endpoints });
const nodes = (isListed = false, seen?: Uint8Array) =>
  encodeFindMessage({ type: 'nodes', isListed, seen, contacts: [] });

describe('messages', () => {
  test('are read back, and have their bound', () => {
    for (const message of sampleMessages) {
      assert.deepEqual(unwrap(decodeFindMessage(encodeFindMessage(message))), message);
    }
    const endpoints = Array.from(
      { length: 3 },
      (): Endpoint => ({ transport: 'ws', ip: new Uint8Array(16), port: 1 }),
    );
    const contacts = Array.from({ length: 20 }, () =>
      contactFromPlace(random.bytes(32), endpoints),
    );
    const longest = encodeFindMessage({
      type: 'nodes',
      isListed: true,
      seen: new Uint8Array(16),
      contacts,
    });
    assert.equal(longest.length, maxFindMessage);
    assert.equal(decodeFindMessage(longest).ok, true);
  });
  for (const target of fuzzTargets) {
    test(`${target.name} survives any bytes`, async () => {
      for (const sample of await target.corpus()) {
        await target.run(sample);
        const cuts = fc.tuple(fc.nat({ max: sample.length }), fc.nat({ max: 255 }));
        await fc.assert(
          fc.asyncProperty(cuts, async ([at, byte]) => {
            const changed = Uint8Array.from(sample);
            changed[at] = byte;
            await target.run(changed);
            await target.run(sample.subarray(0, at));
          }),
          { numRuns: 25 },
        );
      }
    });
  }
});

describe('a node that answers', () => {
  test('dials back only to where the asker is linked from, and lists who is there', () => {
    const finder = createNode();
    const asker = { ...contact(2, 2), ip: endpoint(2, 2).ip };
    const elsewhere = unwrap(finder.serve(asker, find([endpoint(9, 9)]), 0));
    assert.deepEqual(elsewhere.effects, []);
    const local: Endpoint = { transport: 'tcp', ip: Uint8Array.of(192, 168, 0, 1), port: 80 };
    assert.deepEqual(
      unwrap(finder.serve({ ...asker, ip: local.ip }, find([local]), 0)).effects,
      [],
    );
    const [probe] = asks(unwrap(finder.serve(asker, find([endpoint(2, 2)]), 0)).effects);
    assert.ok(probe?.isFresh);
    assert.equal(finder.stats().known, 0);
    assert.equal(finder.answered(probe.ticket, nodes(), endpoint(2, 2), 1).result.ok, true);
    assert.equal(finder.stats().known, 1);
    const answer = unwrap(decodeFindMessage(unwrap(finder.serve(asker, find([]), 2)).answer));
    assert.equal(answer.type === 'nodes' && answer.isListed, true);
    assert.deepEqual(answer.type === 'nodes' && answer.seen, asker.ip);
  });

  test('does not dial a liar again soon, nor everybody at once', () => {
    const finder = createNode();
    const asker = { ...contact(3, 3), ip: endpoint(3, 3).ip };
    const [probe] = asks(unwrap(finder.serve(asker, find([endpoint(3, 3)]), 0)).effects);
    assert.deepEqual(finder.failed(probe?.ticket ?? 0, 1), []);
    assert.deepEqual(unwrap(finder.serve(asker, find([endpoint(3, 3)]), 1_000)).effects, []);
    assert.equal(unwrap(finder.serve(asker, find([endpoint(3, 3)]), 700_000)).effects.length, 1);
    let probes = 0;
    for (let at = 0; at < 200; at += 1) {
      const other = { ...contact(at, 4), ip: endpoint(at, 4).ip };
      probes += asks(unwrap(finder.serve(other, find([endpoint(at, 4)]), 700_000)).effects).length;
    }
    assert.ok(probes <= 16, `${probes}`);
  });

  test('refuses who asks too often, and everybody while it serves nobody', () => {
    const finder = createNode();
    const asker = { ...contact(2, 2), ip: endpoint(2, 2).ip };
    const typeOf = (nowMs: number) => {
      const message = unwrap(
        decodeFindMessage(unwrap(finder.serve(asker, find([]), nowMs)).answer),
      );
      return message.type === 'refused' ? message.reason : message.type;
    };
    const answers = Array.from({ length: 40 }, () => typeOf(0));
    assert.equal(answers.filter((type) => type === 'nodes').length, 30);
    assert.equal(typeOf(0), 'too-often');
    assert.equal(typeOf(5_000), 'nodes');
    finder.serveAt([]);
    assert.equal(typeOf(9_000), 'not-serving');
    assert.equal(finder.serve(asker, nodes(), 0).ok, false);
  });
});

describe('a node that asks', () => {
  test('believes its own address when three networks agree', () => {
    const finder = createNode();
    const ip = endpoint(77, 7).ip;
    for (const [at, seen] of [ip, ip, endpoint(66, 6).ip, ip].entries()) {
      assert.deepEqual(finder.seenIps(), []);
      const [ask] = asks(finder.hear([contact(at + 10, 1)], 0));
      finder.answered(ask?.ticket ?? 0, nodes(true, seen), endpoint(at + 10, 1), 0);
    }
    assert.deepEqual(finder.seenIps(), [ip]);
    assert.equal(finder.stats().listedBy, 4);
  });

  test('asks nobody at a private address, whoever names it', () => {
    const finder = createNode();
    const [first] = asks(finder.hear([contact(10, 1)], 0));
    finder.answered(first?.ticket ?? 0, nodes(), endpoint(10, 1), 0);
    const begun = finder.search(random.bytes(32)) ?? assert.fail();
    const [ask] = asks(begun.effects);
    const inside = contactFromPlace(random.bytes(32), [
      { transport: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 22 },
    ]);
    const answer = encodeFindMessage({
      type: 'nodes',
      isListed: false,
      seen: undefined,
      contacts: [inside],
    });
    const { effects } = finder.answered(ask?.ticket ?? 0, answer, undefined, 1);
    assert.deepEqual(
      effects.map(({ kind }) => kind),
      ['found'],
    );
  });

  test('has at most 16 searches under way', () => {
    const finder = createNode();
    for (let at = 0; at < 15; at += 1) {
      const [ask] = asks(finder.hear([contact(at + 10, 1)], at * 10_000));
      finder.answered(ask?.ticket ?? 0, nodes(), endpoint(at + 10, 1), at * 10_000);
    }
    const begun = Array.from({ length: 20 }, () => finder.search(random.bytes(32)));
    assert.equal(begun.filter((search) => search !== undefined).length, 16);
  });

  test('takes an answer once, and only one of the right kind', () => {
    const finder = createNode();
    const [ask] = asks(finder.hear([contact(10, 1)], 0));
    const wrong = finder.answered(ask?.ticket ?? 0, find([]), endpoint(10, 1), 0);
    assert.equal(wrong.result.ok ? '' : wrong.result.error.code, 'mesh/bad-find-message');
    const again = finder.answered(ask?.ticket ?? 0, nodes(), endpoint(10, 1), 0);
    assert.equal(again.result.ok, false);
    assert.equal(finder.stats().known, 0);
  });
});

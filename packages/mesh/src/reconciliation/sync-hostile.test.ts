import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSimulationRandom } from '@pars/base/fakes';
import { shortFromHalves, wholeRange } from './day-set.ts';
import { shortIdsOf } from './short-id.ts';
import { syncAllowance } from './sync-budget.ts';
import {
  carry,
  createMemoryShelf,
  createSyncPair,
  fakeParcel,
  type SyncPair,
  type SyncSide,
} from './sync-fixture.ts';
import type { SyncEffect, SyncMachine } from './sync-machine.ts';
import { decodeSyncMessage, encodeSyncMessage, type SyncMessage } from './sync-message.ts';
import { syncSalt } from './sync-salt.ts';

const random = createSimulationRandom('hostile');
const day = 20_000;
const some = (count: number) => Array.from({ length: count }, () => fakeParcel(random, day));
const newPair = (asker: number, answerer: number): SyncPair =>
  createSyncPair('hostile', { asker: some(asker), answerer: some(answerer) });
const codeOf = (effects: readonly SyncEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'fail' ? [effect.failure.code] : []))[0];
const sentBy = (effects: readonly SyncEffect[]): readonly SyncMessage[] =>
  effects.flatMap((effect) => {
    if (effect.kind !== 'send') return [];
    const message = decodeSyncMessage(effect.message);
    return message.ok ? [message.value] : [];
  });
const tell = (machine: SyncMachine, message: SyncMessage) =>
  machine.receive(encodeSyncMessage(message));

/** A side that answers every message by a script, and holds nothing. */
function scripted(answer: (message: SyncMessage) => readonly SyncMessage[]): SyncSide {
  return {
    shelf: createMemoryShelf(),
    machine: {
      progress: 0,
      connected: () => [],
      receive(bytes) {
        const message = decodeSyncMessage(bytes);
        const answers = message.ok ? answer(message.value) : [];
        return answers.map((one) => ({ kind: 'send', message: encodeSyncMessage(one) }));
      },
      loaded: () => [],
      admitted: () => [],
    },
  };
}

const answererSalt = random.bytes(16);
const summary = (count: number): SyncMessage => ({
  type: 'summary',
  answererSalt,
  days: [{ day, count, sum: 1n }],
});

describe('a hostile answerer', () => {
  const meet = (
    count: number,
    answer: (message: SyncMessage) => readonly SyncMessage[],
    own = 300,
  ) => {
    const { asker } = newPair(own, 0);
    const other = scripted((message) =>
      message.type === 'open' ? [summary(count)] : answer(message),
    );
    return carry([asker, other], Number.POSITIVE_INFINITY);
  };

  test('whose sketch never decodes and whose ranges never agree is refused at a bounded cost', () => {
    for (const claimed of [1, 300, 20_000]) {
      const report = meet(claimed, (message) => {
        if (message.type === 'ask-symbols') {
          const answers: SyncMessage[] = [];
          for (let at = message.from; at < message.from + message.count; at += message.perMessage) {
            const length = Math.min(message.perMessage, message.from + message.count - at);
            answers.push({ type: 'symbols', day, from: at, symbols: random.bytes(16 * length) });
          }
          return answers;
        }
        if (message.type === 'ask-ranges') {
          const ranges = message.ranges.map((range) => ({ ...range, count: 1_000, sum: 5n }));
          return [{ type: 'ranges', day, ranges }];
        }
        if (message.type === 'ask-items') {
          const shorts = Array.from({ length: 100 }, () => BigInt(random.uint32()));
          return [{ type: 'items', day, range: message.range, shorts }];
        }
        if (message.type === 'want' || message.type === 'offer') return [];
        return [];
      });
      assert.ok(report.failure?.code === 'mesh/sync-exhausted' || !report.isEnded, `${claimed}`);
      assert.ok(report.bytes < syncAllowance);
    }
  });

  test('that lies about counts is refused when it reads, or costs what a list costs', () => {
    const tooMany = encodeSyncMessage(summary(2 ** 22 + 1));
    assert.equal(decodeSyncMessage(tooMany).ok, false);
    const { asker } = newPair(300, 0);
    asker.machine.connected();
    assert.equal(codeOf(asker.machine.receive(tooMany)), 'mesh/bad-sync-message');
  });

  test('that begins a parcel again and again is refused', () => {
    const parcel = fakeParcel(random, day);
    let parts = 0;
    const report = meet(1, (message) => {
      if (message.type === 'ask-symbols' || message.type === 'ask-ranges') return [];
      if (message.type === 'ask-items') {
        return [{ type: 'items', day, range: message.range, shorts: [7n] }];
      }
      if (message.type !== 'want') return [];
      const bytes = parcel.slice(0, 100);
      return Array.from({ length: 50 }, () => {
        parts += 1;
        return { type: 'part', short: 7n, bucket: 0, offset: 0, bytes };
      });
    });
    assert.equal(parts, 50);
    assert.equal(report.failure?.code, 'mesh/bad-sync-message');
  });

  test('that lists what it does not have gains nothing', () => {
    const report = meet(10, (message) => {
      if (message.type === 'ask-symbols' || message.type === 'ask-ranges') return [];
      if (message.type === 'ask-items') {
        return [{ type: 'items', day, range: message.range, shorts: [7n, 8n] }];
      }
      if (message.type === 'offer') {
        return [{ type: 'take', next: message.start + message.shorts.length }];
      }
      if (message.type === 'want') return message.shorts.map((short) => ({ type: 'gone', short }));
      return message.type === 'done' ? [{ type: 'done' }] : [];
    });
    assert.equal(report.failure, undefined);
  });

  test('that answers what was not asked, twice, or in slivers is refused', () => {
    const symbols = (from: number, count: number): SyncMessage => ({
      type: 'symbols',
      day,
      from,
      symbols: new Uint8Array(16 * count).fill(1),
    });
    const range = wholeRange;
    const unasked: readonly SyncMessage[] = [
      { type: 'resumed' },
      symbols(0, 1),
      symbols(0, 9),
      symbols(8, 8),
      symbols(2 ** 31, 8),
      { ...symbols(0, 8), day: day + 1 } as SyncMessage,
      { type: 'ranges', day, ranges: [{ ...range, count: 1, sum: 1n }] },
      { type: 'items', day, range, shorts: [] },
      { type: 'take', next: 5 },
      { type: 'part', short: 1n, bucket: 0, offset: 0, bytes: new Uint8Array(64) },
      { type: 'gone', short: 1n },
      { type: 'done' },
      { type: 'ask-symbols', day, from: 0, count: 1, perMessage: 1 },
      { type: 'offer', day, start: 0, shorts: [1n] },
      summary(300),
    ];
    for (const message of unasked) {
      const { asker } = newPair(300, 0);
      asker.machine.connected();
      const questions = sentBy(tell(asker.machine, summary(300)));
      assert.equal(questions[0]?.type, 'ask-symbols');
      assert.equal(codeOf(tell(asker.machine, message)), 'mesh/bad-sync-message', message.type);
      assert.deepEqual(tell(asker.machine, message), [], 'a failed machine says nothing more');
    }
  });

  test('that sends another parcel than was wanted, or a broken one, is refused', () => {
    for (const change of ['other', 'refused'] as const) {
      const pair = newPair(0, 1);
      if (change === 'refused') pair.asker.shelf.refuse = () => ({ code: 'mesh/bad-postage' });
      else {
        const [id, parcel] = [...pair.answerer.shelf.parcels][0] as [string, Uint8Array];
        pair.answerer.shelf.parcels.set(id, parcel.with(20, (parcel[20] ?? 0) ^ 1));
      }
      const code = change === 'refused' ? 'mesh/bad-postage' : 'mesh/bad-sync-message';
      assert.equal(pair.connect().failure?.code, code);
      assert.equal(pair.asker.shelf.parcels.size, 0);
    }
  });

  test('a parcel that the own store refuses for want of room ends nothing', () => {
    const pair = newPair(0, 5);
    pair.asker.shelf.refuse = () => ({ code: 'mesh/parcel-store-full' });
    assert.ok(pair.connect().isEnded);
    assert.equal(pair.asker.shelf.parcels.size, 0);
  });
});

describe('a hostile asker', () => {
  const open = (machine: SyncMachine, salt = random.bytes(16)) => {
    machine.connected();
    const [answer] = sentBy(
      tell(machine, { type: 'open', askerSalt: salt, knownSalt: new Uint8Array(16) }),
    );
    assert.equal(answer?.type, 'summary');
    return answer.type === 'summary' ? answer.answererSalt : salt;
  };

  test('that asks before it opens, twice, or for what cannot be is refused', () => {
    const wrong: readonly SyncMessage[] = [
      { type: 'open', askerSalt: answererSalt, knownSalt: answererSalt },
      { type: 'ask-symbols', day, from: 131_072, count: 1, perMessage: 1 },
      { type: 'ask-symbols', day: day + 1, from: 0, count: 1, perMessage: 1 },
      { type: 'ask-items', day: day + 1, range: wholeRange },
      { type: 'take', next: 0 },
      { type: 'offer', day, start: 1, shorts: [1n] },
      { type: 'gone', short: 1n },
      { type: 'resumed' },
    ];
    for (const message of wrong) {
      const { answerer } = newPair(0, 10);
      assert.equal(codeOf(tell(answerer.machine, { type: 'done' })), 'mesh/bad-sync-message');
      const fresh = newPair(0, 10).answerer;
      open(fresh.machine);
      assert.equal(codeOf(tell(fresh.machine, message)), 'mesh/bad-sync-message', message.type);
    }
  });

  test('that asks for the whole sketch over and over is refused after its allowance', () => {
    const { answerer } = newPair(0, 10);
    open(answerer.machine);
    let bytes = 0;
    for (let round = 0; ; round += 1) {
      const effects = tell(answerer.machine, {
        type: 'ask-symbols',
        day,
        from: 120_000,
        count: 2_047,
        perMessage: 2_047,
      });
      if (codeOf(effects) === 'mesh/sync-exhausted') break;
      for (const effect of effects) bytes += effect.kind === 'send' ? effect.message.length : 0;
      assert.ok(round < 3_000);
    }
    assert.ok(bytes <= syncAllowance);
  });

  test('that opens anew for ever is refused', () => {
    const { answerer } = newPair(0, 10);
    for (let round = 0; round < 64; round += 1) open(answerer.machine);
    answerer.machine.connected();
    const last = tell(answerer.machine, {
      type: 'open',
      askerSalt: answererSalt,
      knownSalt: new Uint8Array(16),
    });
    assert.equal(codeOf(last), 'mesh/sync-exhausted');
  });

  test('that wants the same parcel for ever is refused', () => {
    const { answerer } = newPair(0, 1);
    const askerSalt = random.bytes(16);
    const salt = syncSalt(newPair(0, 0).symmetric, askerSalt, open(answerer.machine, askerSalt));
    const [id] = answerer.shelf.ids();
    const { high, low } = shortIdsOf(Uint8Array.fromHex(id ?? ''), salt);
    const short = shortFromHalves(high[0] ?? 0, low[0] ?? 0);
    let served = 0;
    for (;;) {
      const effects = tell(answerer.machine, {
        type: 'want',
        day,
        partLength: 4_096,
        offset: 0,
        shorts: [short],
      });
      if (codeOf(effects) === 'mesh/sync-exhausted') break;
      assert.equal(effects[0]?.kind, 'read');
      answerer.machine.loaded(answerer.shelf.parcels.get(id ?? ''));
      served += 1;
    }
    assert.equal(served, 4_096 + 4);
  });

  test('that wants more at once than the window holds, is refused', () => {
    const { answerer } = newPair(0, 200);
    const askerSalt = random.bytes(16);
    const salt = syncSalt(newPair(0, 0).symmetric, askerSalt, open(answerer.machine, askerSalt));
    const shorts = answerer.shelf.ids().map((id) => {
      const { high, low } = shortIdsOf(Uint8Array.fromHex(id), salt);
      return shortFromHalves(high[0] ?? 0, low[0] ?? 0);
    });
    const want = (from: number): SyncMessage => ({
      type: 'want',
      day,
      partLength: 64,
      offset: 0,
      shorts: shorts.slice(from, from + 64),
    });
    assert.equal(codeOf(tell(answerer.machine, want(0))), undefined);
    assert.equal(codeOf(tell(answerer.machine, want(64))), undefined);
    assert.equal(codeOf(tell(answerer.machine, want(128))), 'mesh/bad-sync-message');
  });

  test('whose offers are never honoured costs a bounded list', () => {
    const { answerer } = newPair(0, 0);
    open(answerer.machine);
    let start = 0;
    let taken = 0;
    for (;;) {
      const shorts = Array.from({ length: 500 }, (_, place) => BigInt(start + place + 1));
      const effects = tell(answerer.machine, { type: 'offer', day, start, shorts });
      start += 500;
      if (!sentBy(effects).some((message) => message.type === 'take')) break;
      taken += 1;
      assert.ok(taken < 10);
    }
    const again = tell(answerer.machine, { type: 'offer', day, start, shorts: [1n] });
    assert.equal(codeOf(again), 'mesh/bad-sync-message', 'a batch before the last was taken');
  });
});

describe('nothing negative is remembered', () => {
  test('a parcel that was gone once is wanted again in the next sync', () => {
    const parcel = fakeParcel(random, day);
    const pair = createSyncPair('gone', { asker: [], answerer: [parcel] });
    const { answerer } = pair;
    const [id = ''] = answerer.shelf.ids();
    const snapshot = answerer.shelf.snapshot();
    const { machine } = answerer;
    // The row is missing while it is read.
    answerer.machine = { ...machine, loaded: () => machine.loaded(undefined) };
    assert.ok(pair.connect().isEnded);
    assert.equal(pair.asker.shelf.parcels.size, 0);
    assert.equal(snapshot.length, 1);
    pair.renew('asker');
    pair.renew('answerer');
    assert.ok(pair.connect().isEnded);
    assert.deepEqual(pair.asker.shelf.ids(), [id]);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, uint32ToBytes } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { hashDep, makeVertex, testSpace } from '../history-fixture.ts';
import { draftVertex, encodeVertex, type VertexId } from '../vertex.ts';
import { connect, createMember, growHistory, heldIds, type Member } from './frontier-fixture.ts';
import type { CarrierEffect } from './frontier-host.ts';
import {
  decodeFrontierMessage,
  encodeFrontierMessage,
  type FrontierMessage,
} from './frontier-message.ts';
import { createPartShelf } from './part-shelf.ts';

/*
 * One honest side, and a peer that says what it likes. Every cost is bounded,
 * and what the honest side holds stays as it was.
 */

const random = createSimulationRandom('hostile');
const history = growHistory([0, 1, 3, 5, 9, 1, 1, 2, 4]);
const forged = (count: number) => Array.from({ length: count }, () => random.bytes(32) as VertexId);

const epochOf = (number: number) =>
  concatBytes(new Uint8Array([9, 9, 9, 9]), uint32ToBytes(number));
const hello = (number: number, headCount: number, extra: Partial<Hello> = {}): FrontierMessage => ({
  type: 'hello',
  epoch: epochOf(number),
  wantsHello: false,
  messageLength: 4096,
  windowBytes: 65_536,
  headCount,
  digest: new Uint8Array(16).fill(number),
  base: undefined,
  continues: undefined,
  begun: undefined,
  arrived: undefined,
  heard: undefined,
  ...extra,
});
type Hello = Extract<FrontierMessage, { type: 'hello' }>;

test('a forged frontier of 1,024 heads costs a bounded number of questions, and is forgotten', async () => {
  const { member, say, reads } = await createHonest();
  await say(hello(1, 1024));
  const heads = forged(1024);
  let sent: readonly FrontierMessage[] = [];
  for (let start = 0; start < 1024; start += 100) {
    const ids = heads.slice(start, start + 100);
    sent = messagesOf(await say({ type: 'heads', list: epochOf(1), start, ids }));
  }
  assert.ok(sent.length > 0);
  const own = await member.ownEpoch();
  // It says `done` again and again, and never has what it named.
  let wanted = 0;
  let ended: CarrierEffect | undefined;
  for (let round = 0; round < 100; round += 1) {
    const effects = await say({ type: 'done', epoch: own });
    wanted += messagesOf(effects).reduce((sum, message) => {
      return message.type === 'want' ? sum + message.ids.length : sum;
    }, 0);
    if (messagesOf(effects).some((message) => message.type === 'content')) {
      ended = (await say({ type: 'content', epoch: epochOf(1) })).find(
        (effect) => effect.kind === 'end',
      );
      break;
    }
  }
  assert.deepEqual(ended, { kind: 'end', lacking: 1024 });
  assert.ok(wanted <= 16 * 64, `${wanted} ids wanted`);
  assert.ok(reads.lookups <= 1024 * 40, `${reads.lookups} lookups`);
  await requireConverges(member.side);
});

test('who says that nothing is missing and withholds is found out, and nothing of it is kept', async () => {
  const { member, say } = await createHonest();
  const heads = forged(1);
  await say(hello(1, 1));
  await say({ type: 'heads', list: epochOf(1), start: 0, ids: heads });
  const own = await member.ownEpoch();
  const asked = messagesOf(await say({ type: 'done', epoch: own }));
  assert.deepEqual(asked, [{ type: 'want', epoch: own, ids: heads }]);
  const last = messagesOf(await say({ type: 'done', epoch: own }));
  assert.deepEqual(last, [{ type: 'content', epoch: own }]);
  await requireConverges(member.side);
});

test('who claims to hold everything only gets nothing', async () => {
  const { member, say } = await createHonest();
  let open = messagesOf(await say(hello(1, 1)));
  open = messagesOf(await say({ type: 'heads', list: epochOf(1), start: 0, ids: forged(1) }));
  for (let round = 0; round < 20 && open.length > 0; round += 1) {
    const next: FrontierMessage[] = [];
    for (const message of open) {
      assert.notEqual(message.type, 'vertices');
      if (message.type !== 'ask') continue;
      const tag = hashDep.hash.sha3(label('pars/1 frontier question'), ...message.ids).slice(0, 8);
      next.push(
        ...messagesOf(await say({ type: 'answer', tag, held: message.ids.map(() => true) })),
      );
    }
    open = next;
  }
  await requireConverges(member.side);
});

describe('the sync ends with a code', () => {
  test('noise', async () => {
    const { member, hear } = await createHonest();
    assert.equal(codeOf(await hear(new Uint8Array([77, 1, 2]))), 'dag/bad-sync-message');
    assert.deepEqual(await hear(encodeFrontierMessage(hello(1, 0))), []);
    assert.deepEqual(member.side.machine.connected(), []);
    member.side.renew();
    await requireConverges(member.side);
  });

  test('another version', async () => {
    const { hear } = await createHonest();
    const bytes = encodeFrontierMessage(hello(1, 0));
    bytes[1] = 2;
    assert.equal(codeOf(await hear(bytes)), 'dag/unknown-sync-version');
  });

  test('a message longer than was asked for', async () => {
    const { say } = await createHonest();
    const encodings = [makeVertex(hashDep, [], new Uint8Array(4100)).bytes];
    assert.equal(
      codeOf(await say({ type: 'vertices', number: 0, encodings })),
      'dag/bad-sync-message',
    );
  });

  test('bytes that are no vertex', async () => {
    const { member, say } = await createHonest();
    const effects = await say({
      type: 'vertices',
      number: 0,
      encodings: [new Uint8Array([1, 2, 3])],
    });
    assert.equal(codeOf(effects), 'dag/bad-sync-vertex');
    member.side.renew();
    await requireConverges(member.side);
  });

  test('a vertex that lies about its time', async () => {
    const { say } = await createHonest();
    const parents = [history.vertices[0]?.id ?? (new Uint8Array(32) as VertexId)];
    const draft = draftVertex(hashDep, testSpace, { parents, time: 9, payload: new Uint8Array(1) });
    const encodings = [encodeVertex(draft, new Uint8Array(0))];
    assert.equal(
      codeOf(await say({ type: 'vertices', number: 0, encodings })),
      'dag/bad-sync-vertex',
    );
  });

  test('parts that make another vertex than they were named after', async () => {
    const { say } = await createHonest();
    const { bytes } = makeVertex(hashDep, [], new Uint8Array(500));
    const part = { type: 'part', number: 0, tag: new Uint8Array(8), total: bytes.length } as const;
    assert.equal(codeOf(await say({ ...part, offset: 0, bytes: bytes.slice(0, 300) })), undefined);
    const last = await say({ ...part, offset: 300, bytes: bytes.slice(300) });
    assert.equal(codeOf(last), 'dag/bad-sync-vertex');
  });

  test('parts that change their mind about the whole', async () => {
    const { say } = await createHonest();
    const part = {
      type: 'part',
      number: 0,
      tag: new Uint8Array(8),
      offset: 0,
      bytes: new Uint8Array(9),
    } as const;
    await say({ ...part, total: 100 });
    assert.equal(codeOf(await say({ ...part, total: 101 })), 'dag/bad-sync-message');
  });

  test('more heads than a list may have', async () => {
    const { hear, say } = await createHonest();
    await say(hello(1, 3072));
    const message = { type: 'heads', list: epochOf(1), start: 3070, ids: forged(3) } as const;
    assert.equal(codeOf(await hear(encodeFrontierMessage(message))), 'dag/bad-sync-message');
  });

  test('more ids wanted at once than two messages hold', async () => {
    const { say } = await createHonest();
    // No credit, so that nothing of what is wanted can leave.
    await say(hello(1, 1, { windowBytes: 256, messageLength: 256 }));
    let effects: readonly CarrierEffect[] = [];
    for (let round = 0; round < 3; round += 1) {
      effects = await say({ type: 'want', epoch: epochOf(1), ids: forged(64) });
    }
    assert.equal(codeOf(effects), 'dag/bad-sync-message');
  });

  for (const [what, message] of [
    ['greetings', (round: number) => hello(round, 0)],
    ['questions', () => ({ type: 'ask', ids: someIds }) as const],
    ['stale answers', () => ({ type: 'answer', tag: someTag, held: [true] }) as const],
    ['repeats', () => ({ type: 'vertices', number: 0, encodings: [repeated] }) as const],
    ['parts without end', (round: number) => partOf(round)],
  ] satisfies readonly (readonly [string, (round: number) => FrontierMessage])[]) {
    test(`a flood of ${what}`, async () => {
      const { member, say } = await createHonest();
      await member.side.replica.receive('own', [repeated]);
      let code: string | undefined;
      let bytes = 0;
      for (let round = 1; code === undefined; round += 1) {
        const next = message(round);
        bytes += encodeFrontierMessage(next).length;
        code = codeOf(await say(next));
        assert.ok(bytes <= 17 * 1024 * 1024);
      }
      assert.equal(code, 'dag/sync-exhausted');
    });
  }
});

test('a new link has a whole allowance only if the last one came forward', async () => {
  for (const isProgress of [true, false]) {
    const { member, say } = await createHonest();
    const { side } = member;
    let code: string | undefined;
    let number = 1;
    // 450 greetings on each link: with the page that each has read, some 500 are an allowance.
    for (let link = 0; link < 3 && code === undefined; link += 1) {
      await side.settle(side.machine.connected());
      if (isProgress) {
        await say(hello(number, 1));
        await say({ type: 'heads', list: epochOf(number), start: 0, ids: forged(1) });
        number += 1;
      }
      for (let round = 0; round < 450 && code === undefined; round += 1, number += 1) {
        code = codeOf(await say(hello(number, 0)));
      }
    }
    assert.equal(code, isProgress ? undefined : 'dag/sync-exhausted');
  }
});

test('3,072 heads that never existed are looked up a bounded number of times', async () => {
  const { member, say, reads } = await createHonest();
  const heads = forged(3072);
  let code: string | undefined;
  for (let number = 1; code === undefined && number < 2000; number += 1) {
    // The list goes on from greeting to greeting, so the heads have to be told once.
    const continues = number === 1 ? undefined : epochOf(1);
    code = codeOf(await say(hello(number, 3072, { continues, wantsHello: true })));
    for (let start = 0; number === 1 && start < 3072; start += 100) {
      const ids = heads.slice(start, start + 100);
      await say({ type: 'heads', list: epochOf(1), start, ids });
    }
    code ??= codeOf(await say({ type: 'done', epoch: await member.ownEpoch() }));
    code ??= codeOf(await say({ type: 'content', epoch: epochOf(number) }));
  }
  assert.equal(code, 'dag/sync-exhausted');
  assert.ok(reads.lookups <= 400_000, `${reads.lookups} lookups`);
});

test('who claims to hold each page makes the giver read a bounded part of its history', async () => {
  const { say, reads } = await createHonest();
  // Each time another machine, which knows nothing and holds everything.
  let code: string | undefined;
  for (let session = 1; code === undefined && session < 2000; session += 1) {
    const epoch = concatBytes(uint32ToBytes(session), uint32ToBytes(1));
    code = codeOf(await say(hello(session, 0, { epoch })));
  }
  assert.equal(code, 'dag/sync-exhausted');
  assert.ok(reads.pages > 100 && reads.pages <= 512, `${reads.pages} pages`);
});

test('single bytes of vertices and of nobody’s order take a bounded number of places', async () => {
  const shelf = createPartShelf(65_536);
  const tag = new Uint8Array(8);
  const counts = { more: 0, full: 0 };
  for (let offset = 2; offset < 65_000; offset += 2) {
    const bytes = Uint8Array.of(1);
    const outcome = shelf.add({ type: 'part', number: 0, tag, total: 100_000, offset, bytes });
    if (outcome === 'more' || outcome === 'full') counts[outcome] += 1;
  }
  assert.ok(counts.more <= 768, `${counts.more} parts are kept`);
  assert.ok(counts.full > 0);
});

test('the shortest honest parts of a whole window fit, last first', () => {
  const [window, length, total] = [65_536, 235, 65_536];
  const shelf = createPartShelf(window);
  let last: ReturnType<typeof shelf.add> = 'more';
  const offsets = Array.from({ length: Math.ceil(total / length) }, (_, at) => at * length);
  for (const offset of offsets.toReversed()) {
    const bytes = new Uint8Array(Math.min(length, total - offset));
    last = shelf.add({ type: 'part', number: 0, tag: new Uint8Array(8), total, offset, bytes });
    assert.ok(last !== 'full' && last !== 'known');
  }
  assert.equal(last.length, total);
});

test('what the gate refuses is not the messenger’s fault', async () => {
  const side = await createMember(random, {
    gate: { admit: async () => ({ ok: false, error: { code: 'test/not-a-member' } }) },
  });
  const other = await createMember(random);
  await other.replica.receive(
    'own',
    history.vertices.map((vertex) => vertex.bytes),
  );
  const report = await connect([side, other]);
  assert.equal(report.failure, undefined);
  assert.ok(report.isEnded);
  assert.ok(report.lacking > 0);
  assert.deepEqual(await heldIds(side.replica), []);
});

const someIds = forged(120);
const someTag = new Uint8Array(8);
const repeated = makeVertex(hashDep, [], new Uint8Array(4000)).bytes;

function partOf(round: number): FrontierMessage {
  const tag = concatBytes(uint32ToBytes(round), new Uint8Array(4));
  return { type: 'part', number: 0, tag, total: 100_000, offset: 0, bytes: new Uint8Array(4000) };
}

async function createHonest(): Promise<{
  readonly member: { readonly side: Member; readonly ownEpoch: () => Promise<Uint8Array> };
  readonly say: (message: FrontierMessage) => Promise<readonly CarrierEffect[]>;
  readonly hear: (bytes: Uint8Array) => Promise<readonly CarrierEffect[]>;
  readonly reads: { lookups: number; pages: number };
}> {
  const side = await createMember(random);
  await side.replica.receive(
    'own',
    history.vertices.slice(0, 6).map((vertex) => vertex.bytes),
  );
  const reads = { lookups: 0, pages: 0 };
  const { replica } = side;
  side.replica = {
    ...replica,
    get sequence() {
      return replica.sequence;
    },
    async has(id) {
      reads.lookups += 1;
      return await replica.has(id);
    },
    async difference(...args) {
      reads.pages += 1;
      return await replica.difference(...args);
    },
  };
  let own: Uint8Array | undefined;
  const note = (effects: readonly CarrierEffect[]) => {
    for (const message of messagesOf(effects)) if (message.type === 'hello') own = message.epoch;
    return effects;
  };
  const hear = async (bytes: Uint8Array) => {
    return note(await side.settle(side.machine.receive(bytes)));
  };
  note(await side.settle(side.machine.connected()));
  return {
    member: { side, ownEpoch: async () => own ?? new Uint8Array(8) },
    say: async (message) => await hear(encodeFrontierMessage(message)),
    hear,
    reads,
  };
}

/** An honest peer comes afterwards: nothing that was said before stands in its way. */
async function requireConverges(side: Member): Promise<void> {
  const other = await createMember(random);
  await other.replica.receive(
    'own',
    history.vertices.map((vertex) => vertex.bytes),
  );
  side.renew();
  const report = await connect([side, other]);
  assert.ok(report.isEnded);
  assert.equal(report.lacking, 0);
  assert.deepEqual(await heldIds(side.replica), await heldIds(other.replica));
  assert.equal((await heldIds(side.replica)).length, history.vertices.length);
}

function messagesOf(effects: readonly CarrierEffect[]): readonly FrontierMessage[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'send') return [];
    const message = decodeFrontierMessage(effect.message);
    assert.ok(message.ok);
    return [message.value];
  });
}

function codeOf(effects: readonly CarrierEffect[]): string | undefined {
  return effects.find((effect) => effect.kind === 'fail')?.failure.code;
}

function label(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

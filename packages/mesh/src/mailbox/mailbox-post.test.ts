import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Parcel, parcelIds } from '../parcel/index.ts';
import { startMs } from '../parcel/parcel-fixture.ts';
import {
  createMailboxFixture,
  type MailboxFixture,
  mailboxNetwork,
  randomOf,
  type TestKeeper,
} from './mailbox-fixture.ts';
import {
  createMailboxPost,
  type MailboxPost,
  type ParcelState,
  type PostEffect,
} from './mailbox-post.ts';

const idOf = (fill: number) => new Uint8Array(32).fill(fill);

function createPost(fixture: MailboxFixture): MailboxPost {
  const { symmetric } = fixture;
  return createMailboxPost({ symmetric, network: mailboxNetwork, random: randomOf('post') });
}

/** Lets the keepers answer until nothing is sent any more; the states on the way. */
function run(
  post: MailboxPost,
  effects: readonly PostEffect[],
  keepers: readonly TestKeeper[],
  nowMs: number,
): readonly ParcelState[] {
  const states: ParcelState[] = [];
  const waiting = [...effects];
  for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
    if (effect.kind === 'state') states.push(effect.state);
    if (effect.kind !== 'send') continue;
    const keeper = keepers.find(({ name }) => name === effect.keeper);
    const reply = keeper?.ask('sender', effect.message, nowMs - startMs).message;
    waiting.push(
      ...(reply === undefined
        ? post.failed(effect.keeper, nowMs)
        : post.receive(effect.keeper, reply, nowMs)),
    );
  }
  return states;
}

const nameOf = (parcel: Parcel) => parcelIds.toText(parcel.id);

describe('states of a parcel', () => {
  test('each is said when it is proven, and not before', async () => {
    const fixture = createMailboxFixture('states');
    const keepers = [1, 2, 3].map((fill) => fixture.createKeeper(idOf(fill)));
    const parcel = await fixture.make();
    const post = createPost(fixture);
    assert.equal(post.add(parcel, startMs), true);
    assert.deepEqual(
      post.due(startMs).posts.map(({ parcel: name }) => name),
      [nameOf(parcel)],
    );
    const known = keepers.map(({ id }) => id);
    const states = run(post, post.begin(nameOf(parcel), parcel, known, startMs), keepers, startMs);
    assert.deepEqual(states, [
      { type: 'handed-over', to: 3 },
      { type: 'stored', by: 1, wanted: 3 },
      { type: 'stored', by: 2, wanted: 3 },
      { type: 'stored', by: 3, wanted: 3 },
    ]);
    assert.deepEqual(post.due(startMs + 86_400_000).posts, []);
    const ended = post.due(startMs + 4 * 86_400_000);
    assert.deepEqual(ended.effects, [
      { kind: 'state', parcel: nameOf(parcel), state: { type: 'expired', storedBy: 3 } },
    ]);
    assert.equal(post.count, 0);
  });

  test('where nobody takes it, it is queued and tried again, later each time', async () => {
    const fixture = createMailboxFixture('retries');
    const parcel = await fixture.make();
    const post = createPost(fixture);
    post.add(parcel, startMs);
    const delays: number[] = [];
    let nowMs = startMs;
    for (let time = 0; time < 9; time += 1) {
      const states = run(post, post.begin(nameOf(parcel), parcel, [idOf(1)], nowMs), [], nowMs);
      assert.deepEqual(states.at(-1), { type: 'queued' });
      delays.push(post.nextDueMs - nowMs);
      nowMs = post.nextDueMs;
    }
    assert.ok(delays.every((delay, at) => delay >= 0.75 * Math.min(3_600_000, 60_000 * 2 ** at)));
    assert.ok(delays.every((delay) => delay <= 1.25 * 3_600_000));
  });

  test('somebody is there again: it is tried within seconds, and its state can be asked for', async () => {
    const fixture = createMailboxFixture('hurry');
    const parcel = await fixture.make();
    const post = createPost(fixture);
    assert.equal(post.stateOf(nameOf(parcel)), undefined);
    post.add(parcel, startMs);
    let nowMs = startMs;
    for (let time = 0; time < 9; time += 1) {
      run(post, post.begin(nameOf(parcel), parcel, [idOf(1)], nowMs), [], nowMs);
      if (time < 8) nowMs = post.nextDueMs;
    }
    assert.ok(post.nextDueMs - nowMs > 2_000_000);
    post.hurry(nowMs);
    assert.ok(post.nextDueMs - nowMs <= 5_000);
    nowMs = post.nextDueMs;
    const keepers = [1, 2, 3].map((fill) => fixture.createKeeper(idOf(fill)));
    const known = keepers.map(({ id }) => id);
    run(post, post.begin(nameOf(parcel), parcel, known, nowMs), keepers, nowMs);
    assert.deepEqual(post.stateOf(nameOf(parcel)), { type: 'stored', by: 3, wanted: 3 });
    post.hurry(nowMs);
    assert.deepEqual(post.due(nowMs + 60_000).posts, [], 'nothing is left to do');
  });

  test('it does not wait for days when a clock that was wrong is set back', async () => {
    const fixture = createMailboxFixture('set back');
    const parcel = await fixture.make();
    const post = createPost(fixture);
    const wrongMs = startMs + 2 * 86_400_000;
    post.add(parcel, wrongMs);
    run(post, post.begin(nameOf(parcel), parcel, [idOf(1)], wrongMs), [], wrongMs);
    assert.deepEqual(post.due(wrongMs).posts, []);
    assert.equal(post.due(startMs).posts.length, 1);
    const states = run(post, post.begin(nameOf(parcel), parcel, [idOf(1)], startMs), [], startMs);
    assert.deepEqual(states.at(-1), { type: 'queued' });
    assert.deepEqual(post.due(startMs).posts, []);
  });

  test('keepers that proved it are not asked again, and a false refusal cannot take it back', async () => {
    const fixture = createMailboxFixture('more copies');
    const keepers = [1, 2, 3].map((fill) => fixture.createKeeper(idOf(fill)));
    const parcel = await fixture.make();
    const post = createPost(fixture);
    post.add(parcel, startMs);
    const first = keepers.slice(0, 1);
    const known = first.map(({ id }) => id);
    const begun = run(post, post.begin(nameOf(parcel), parcel, known, startMs), first, startMs);
    assert.deepEqual(begun.at(-1), { type: 'stored', by: 1, wanted: 3 });
    const laterMs = post.nextDueMs;
    const effects = post.begin(
      nameOf(parcel),
      parcel,
      keepers.map(({ id }) => id),
      laterMs,
    );
    const asked = effects.flatMap((effect) => (effect.kind === 'send' ? [effect.keeper] : []));
    assert.deepEqual(
      asked,
      keepers.slice(1).map(({ name }) => name),
    );
    for (const keeper of keepers) keeper.isResponsible = false;
    const states = run(post, effects, keepers, laterMs);
    assert.ok(states.every((state) => state.type === 'stored'));
  });

  test('what was taken back is done with, and what is gone from the store is dropped', async () => {
    const fixture = createMailboxFixture('gone');
    const [one, other] = [await fixture.make(), await fixture.make()];
    const post = createPost(fixture);
    post.add(one, startMs);
    post.add(other, startMs);
    post.remove(nameOf(one));
    assert.deepEqual(post.begin(nameOf(one), one, [idOf(1)], startMs), []);
    assert.deepEqual(post.begin(nameOf(other), undefined, [idOf(1)], startMs), []);
    assert.equal(post.count, 0);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Failure, type Result, unwrap } from '@pars/base';
import type { SimulatedNode, World } from './world.ts';
import { createTestWorld } from './world-fixture.ts';

const { signal } = new AbortController();
/** Longer than a tick, and than whatever one flush has no room for. */
const SAVED_MS = 90_000;
/** Crash points of each story; `PARS_CRASH_POINTS=1000` tries all of them. */
const POINTS = Number(process.env['PARS_CRASH_POINTS'] ?? 5);

/** The power of a node came back: a new process on what its disks still hold. */
async function revive(node: SimulatedNode): Promise<void> {
  await node.stop('killed');
  await node.start();
  const { vault } = unwrap(await node.engine.methods['node.status']({}, { signal }));
  if (vault === 'locked') await node.unlock();
}

async function isDown(node: SimulatedNode): Promise<boolean> {
  const { identity } = unwrap(await node.engine.methods['node.status']({}, { signal }));
  return identity !== 'open';
}

/** One step of a story; after a crash it is done again until it succeeds. */
async function persist<T>(
  nodes: readonly SimulatedNode[],
  step: () => Promise<Result<T, Failure>>,
): Promise<T> {
  let failure = 'nothing';
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const result = await step();
    if (result.ok) return result.value;
    failure = result.error.code;
    for (const node of nodes) if (await isDown(node)) await revive(node);
  }
  return assert.fail(`the step does not succeed after a restart either: ${failure}`);
}

interface Sent {
  readonly from: SimulatedNode;
  readonly to: SimulatedNode;
  readonly messageId: string;
  readonly atMs: number;
}

/**
 * Ana invites Bob, they write to each other; the power of one of them fails in
 * the middle of a flush somewhere on the way. Gives how many there were.
 */
async function tell(who: 'ana' | 'bob', crashAt: number | undefined): Promise<number> {
  const world: World = createTestWorld(`crash ${who}`);
  const { during, time } = world;
  const [ana, bob] = [await world.createNode('ana'), await world.createNode('bob')];
  for (const node of [ana, bob]) await node.create();
  const nodes = [ana, bob];
  const victim = who === 'ana' ? ana : bob;
  const before = victim.vaultDisk.operationCount;
  if (crashAt !== undefined) victim.vaultDisk.crashAt(crashAt);
  const sent: Sent[] = [];
  const delivered = new Set<string>();
  let crashedAtMs = Infinity;

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10_000) {
      await time.advance(Math.min(left, 10_000));
      for (const node of nodes) {
        if (await isDown(node)) {
          crashedAtMs = Math.min(crashedAtMs, time.clock.monotonicMs());
          await revive(node);
        }
        for (const { direction, messageId, state } of await node.read()) {
          if (direction === 'out' && state === 'delivered') delivered.add(messageId);
        }
      }
    }
  }

  const invite = () => ana.engine.methods['contact.invite']({}, { signal });
  // Shown to somebody who comes when everything is over.
  const spare = (await persist(nodes, invite)).invite;
  await persist(nodes, async () => {
    const made = await invite();
    return made.ok ? await during(bob.add(made.value.invite)) : made;
  });
  await pass(2 * SAVED_MS);
  for (const [from, to] of [
    [bob, ana],
    [ana, bob],
    [bob, ana],
  ] as const) {
    const atMs = time.clock.monotonicMs();
    const params = { to: to.name, text: `from ${from.name}` };
    const { messageId } = await persist(nodes, () =>
      from.engine.methods['chat.send'](params, { signal }),
    );
    sent.push({ from, to, messageId, atMs });
    await pass(SAVED_MS);
  }
  const operations = victim.vaultDisk.operationCount - before;
  await pass(400_000);

  const messages = new Map<SimulatedNode, Awaited<ReturnType<SimulatedNode['read']>>>();
  for (const node of nodes) messages.set(node, await node.read());
  for (const [node, all] of messages) {
    assert.equal(new Set(all.map(({ messageId }) => messageId)).size, all.length, node.name);
    assert.equal(new Set(all.map(({ sequence }) => sequence)).size, all.length, node.name);
    assert.ok(all.every(({ state }) => state === 'delivered'));
    assert.deepEqual(
      (await node.contacts()).map(({ state }) => state),
      ['confirmed'],
    );
  }
  for (const { atMs, from, messageId, to } of sent) {
    const [kept, arrived] = [from, to].map((node) =>
      messages.get(node)?.some((message) => message.messageId === messageId),
    );
    const isSaved = from !== victim || atMs + SAVED_MS < crashedAtMs || atMs > crashedAtMs;
    if (isSaved) assert.ok(kept && arrived, 'what was saved before the crash is there');
    if (kept === true) assert.ok(arrived, 'whoever kept it, delivered it');
    if (delivered.has(messageId)) assert.ok(arrived, 'what was called delivered is there');
  }
  const late = await world.createNode('late');
  await late.create();
  unwrap(await during(late.add(spare)));
  await time.advance(2 * SAVED_MS);
  assert.equal((await late.contacts())[0]?.state, 'confirmed', 'an invite that was shown is good');
  return operations;
}

describe('a power failure in the middle of a flush', () => {
  for (const who of ['ana', 'bob'] as const) {
    test(`of ${who} takes back nothing that was said to be done, and doubles nothing`, async () => {
      const operations = await tell(who, undefined);
      assert.ok(operations >= 50, `${operations}`);
      const step = Math.max(1, operations / POINTS);
      for (let at = 1; at <= operations; at += step) {
        const crashAt = Math.floor(at);
        await tell(who, crashAt).catch((cause: unknown) => {
          throw new Error(`crash in operation ${crashAt} of ${who}`, { cause });
        });
      }
    });
  }

  test('while a person is made leaves nobody or a whole person', async () => {
    let outcomes = '';
    for (let crashAt = 1; crashAt <= 24; crashAt += 2) {
      const world = createTestWorld(`crash at creation ${crashAt}`);
      const ana = await world.createNode('ana');
      const { methods } = ana.engine;
      unwrap(await methods['vault.create']({ tier: 'S', decoy: 'correct horse' }, { signal }));
      await ana.unlock();
      ana.vaultDisk.crashAt(crashAt);
      const made = await methods['id.create']({ name: 'ana' }, { signal });
      await revive(ana);
      const { identity } = unwrap(await ana.engine.methods['node.status']({}, { signal }));
      // A phrase that was shown is that of somebody who is there.
      if (made.ok) assert.equal(identity, 'open');
      outcomes += `${made.ok ? 'shown' : 'not-shown'}-${identity} `;
      if (identity === 'none') await ana.create();
      assert.match(await ana.invite(), /^pars:/);
    }
    assert.match(outcomes, /not-shown-none/);
    assert.match(outcomes, /shown-open/);
  });
});

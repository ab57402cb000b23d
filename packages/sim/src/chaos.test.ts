import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@pars/base';
import type { SimulatedNode } from './world.ts';
import { createTestWorld } from './world-fixture.ts';

const seeds = process.env['PARS_SEED']?.split(',') ?? ['1', '2', '3'];
/** Longer than a tick, and than whatever one flush has no room for. */
const SAVED_MS = 90_000;

interface Sent {
  readonly from: SimulatedNode;
  readonly to: SimulatedNode;
  readonly messageId: string;
  readonly atMs: number;
  /** Its process was killed before the vault's clock came. */
  maybeLost: boolean;
}

/** Three friends, each of whom comes, goes, locks, dies and writes as the dice fall. */
async function live(seed: string): Promise<void> {
  const world = createTestWorld(`chaos ${seed}`);
  const { during, random, time } = world;
  const dice = random.fork('dice');
  const nodes: SimulatedNode[] = [];
  for (const name of ['ana', 'bob', 'cyrus']) {
    const node = await world.createNode(name);
    await node.create();
    for (const friend of nodes) unwrap(await during(node.add(await friend.invite())));
    nodes.push(node);
  }
  await time.advance(SAVED_MS);
  const conditionByNode = new Map(nodes.map((node) => [node, 'open']));
  const sent: Sent[] = [];
  /** What somebody was told is delivered, and must never be missing from then on. */
  const delivered = new Set<string>();

  for (let step = 0; step < 60; step += 1) {
    const node = dice.pick(nodes);
    const condition = conditionByNode.get(node);
    if (condition === 'open' && dice.chance(0.6)) {
      const to = dice.pick(nodes.filter((other) => other !== node));
      const messageId = await node.send(to.name, `message ${step}`);
      const atMs = time.clock.monotonicMs();
      sent.push({ from: node, to, messageId, atMs, maybeLost: false });
    } else if (condition === 'open' && dice.chance(0.3)) {
      await node.lock();
      conditionByNode.set(node, 'locked');
    } else if (condition === 'open') {
      const how = dice.pick(['orderly', 'killed'] as const);
      await node.stop(how);
      const savedUntilMs = time.clock.monotonicMs() - SAVED_MS;
      for (const one of sent) {
        if (how === 'killed' && one.from === node && one.atMs > savedUntilMs) one.maybeLost = true;
      }
      conditionByNode.set(node, 'stopped');
    } else {
      if (condition === 'stopped') await node.start();
      await node.unlock();
      conditionByNode.set(node, 'open');
    }
    await time.advance(dice.below(20_000));
    for (const [one, state] of conditionByNode) {
      if (state !== 'open') continue;
      for (const message of await one.read()) {
        if (message.direction === 'out' && message.state === 'delivered') {
          delivered.add(message.messageId);
        }
      }
    }
  }
  for (const node of nodes) {
    if (conditionByNode.get(node) === 'stopped') await node.start();
    await node.unlock();
  }
  await time.advance(700_000);

  assert.ok(sent.length > 5);
  const messagesByNode = new Map<SimulatedNode, Awaited<ReturnType<SimulatedNode['read']>>>();
  for (const node of nodes) messagesByNode.set(node, await node.read());
  for (const [node, messages] of messagesByNode) {
    const ids = messages.map(({ messageId }) => messageId);
    assert.equal(new Set(ids).size, ids.length, `${node.name} has something twice`);
    assert.equal(new Set(messages.map(({ sequence }) => sequence)).size, messages.length);
    for (const { direction, messageId, state } of messages) {
      assert.equal(state, 'delivered');
      const origin = sent.find((one) => one.messageId === messageId);
      assert.equal(direction === 'out' ? origin?.from : origin?.to, node, 'made up');
    }
  }
  for (const { from, to, messageId, maybeLost } of sent) {
    const [kept, arrived] = [from, to].map((node) =>
      messagesByNode.get(node)?.some((message) => message.messageId === messageId),
    );
    if (!maybeLost) assert.ok(kept && arrived, `${from.name} to ${to.name}: ${messageId}`);
    // Whoever kept it, delivered it.
    if (kept === true) assert.ok(arrived, messageId);
    if (delivered.has(messageId)) assert.ok(arrived, `${messageId} was called delivered`);
  }
  for (const node of nodes) await node.stop();
  assert.equal(time.pendingCount, 0, 'timers outlive their engines');
}

for (const seed of seeds) {
  test(`whatever happens, each message arrives once (PARS_SEED=${seed})`, () => live(seed));
}

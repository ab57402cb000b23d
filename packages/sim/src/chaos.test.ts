import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { unwrap } from '@pars/base';
import { createWorld, type SimulatedNode } from './world.ts';

const { signal } = new AbortController();
const seeds = process.env['PARS_SEED']?.split(',') ?? ['1', '2', '3'];

/** Three friends, each of whom comes, goes, locks and writes as the dice fall. */
async function live(seed: string): Promise<void> {
  const world = createWorld(`chaos ${seed}`, () => nextTurn());
  const { during, random, time } = world;
  const dice = random.fork('dice');
  const nodes: SimulatedNode[] = [];
  for (const name of ['ana', 'bob', 'cyrus']) {
    const node = await world.createNode(name);
    await node.create();
    for (const friend of nodes) unwrap(await during(node.add(await friend.invite())));
    nodes.push(node);
  }
  const conditionByNode = new Map(nodes.map((node) => [node, 'open']));
  const expected: string[] = [];

  for (let step = 0; step < 60; step += 1) {
    const node = dice.pick(nodes);
    const condition = conditionByNode.get(node);
    if (condition === 'open' && dice.chance(0.6)) {
      const friend = dice.pick(nodes.filter((other) => other !== node));
      const messageId = await node.send(friend.name, `message ${step}`);
      expected.push(`${node.name} to ${friend.name}: ${messageId}`);
    } else if (condition === 'open' && dice.chance(0.3)) {
      unwrap(await node.engine.methods['id.lock']({}, { signal }));
      conditionByNode.set(node, 'locked');
    } else if (condition === 'open') {
      await node.stop(dice.pick(['orderly', 'killed']));
      conditionByNode.set(node, 'stopped');
    } else {
      if (condition === 'stopped') await node.start();
      await node.unlock();
      conditionByNode.set(node, 'open');
    }
    await time.advance(dice.below(20_000));
  }
  for (const node of nodes) {
    if (conditionByNode.get(node) === 'stopped') await node.start();
    await node.unlock();
  }
  await time.advance(700_000);

  const sent: string[] = [];
  const received: string[] = [];
  for (const node of nodes) {
    const nameById = new Map((await node.contacts()).map((one) => [one.sessionId, one.name]));
    for (const { direction, messageId, state, with: whom } of await node.read()) {
      const other = nameById.get(whom) ?? '';
      assert.equal(state, 'delivered');
      if (direction === 'out') sent.push(`${node.name} to ${other}: ${messageId}`);
      else received.push(`${other} to ${node.name}: ${messageId}`);
    }
  }
  assert.ok(expected.length > 5);
  assert.deepEqual(sent.sort(), expected.sort());
  assert.deepEqual(received.sort(), expected);
  for (const node of nodes) await node.stop();
  assert.equal(time.pendingCount, 0, 'timers outlive their engines');
}

for (const seed of seeds) {
  test(`whatever happens, each message arrives once (PARS_SEED=${seed})`, () => live(seed));
}

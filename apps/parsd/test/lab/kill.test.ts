import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createLabNode, introduce, type LabNode, until } from './lab-node.ts';
import {
  createNetworkLab,
  type LabNetwork,
  type NetworkLab,
  reasonAgainstLab,
} from './network-lab.ts';

const skip = (await reasonAgainstLab()) ?? false;
/** Half an hour with ten nodes by `PARS_KILL_MINUTES=30`. */
const minutes = Number(process.env['PARS_KILL_MINUTES'] ?? 0);
const nodeCount = minutes > 0 ? 10 : 4;
const seconds = minutes > 0 ? 60 * minutes : 30;
const seed = process.env['PARS_SEED'] ?? String(Date.now());

describe(`${nodeCount} nodes that are killed and cut off at random for ${seconds} s while all of them write`, {
  skip,
}, () => {
  const random = createSimulationRandom(`kill ${seed}`);
  let lab: NetworkLab;
  let network: LabNetwork;
  const nodes: LabNode[] = [];
  /** Nodes that are killed and not back yet. */
  const away = new Set<LabNode>();
  const sessionIdOfNext = new Map<LabNode, string>();
  /** Texts that a sender was told are delivered, with who has them. */
  const delivered = new Map<string, LabNode>();

  before(async () => {
    lab = await createNetworkLab();
    network = await lab.network(1);
    for (let index = 0; index < nodeCount; index += 1) {
      const host = await lab.host(`Node${index}`);
      await network.join(host, index + 1);
      nodes.push(await createLabNode(host));
    }
    for (let first = 0; first < nodeCount; first += 4) {
      const some = nodes.slice(first, first + 4);
      await Promise.all(
        some.map(async (node) => {
          await node.start(['--lan', 'on', '--no-sticks', '--stay-unlocked']);
          await node.makePerson();
        }),
      );
    }
    for (const node of nodes) {
      await introduce(node, next(node));
      const { contacts } = await node.ask(async (client) =>
        unwrap(await client.call('contact.list', {})),
      );
      const contact = contacts.find(({ name }) => name === next(node).host.name);
      sessionIdOfNext.set(node, contact?.sessionId ?? '');
    }
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await lab[Symbol.asyncDispose]();
  });

  /** Everybody knows the next one, in a ring. */
  function next(node: LabNode): LabNode {
    return nodes[(nodes.indexOf(node) + 1) % nodes.length] ?? node;
  }

  function below(bound: number): number {
    return (random.bytes(1)[0] ?? 0) % bound;
  }

  async function write(node: LabNode, endMs: number): Promise<number> {
    let count = 0;
    while (performance.now() < endMs) {
      await delay(300);
      if (away.has(node)) continue;
      const text = `${node.host.name} writes ${count}`;
      const to = sessionIdOfNext.get(node) ?? '';
      // A node that is killed meanwhile did not answer, and owes nothing.
      const isTaken = await node
        .ask(async (client) => (await client.call('chat.send', { to, text })).ok)
        .catch(() => false);
      if (isTaken) count += 1;
      if (count % 4 === 0) await noteDelivered(node).catch(() => undefined);
    }
    return count;
  }

  async function noteDelivered(node: LabNode): Promise<number> {
    const own = (await node.messages()).filter(({ direction }) => direction === 'out');
    for (const { state, text } of own) if (state === 'delivered') delivered.set(text, next(node));
    return own.filter(({ state }) => state !== 'delivered').length;
  }

  async function killAtRandom(endMs: number): Promise<number> {
    let count = 0;
    while (performance.now() < endMs) {
      await delay(500 + 10 * below(200));
      const node = nodes[below(nodeCount)];
      if (node === undefined || away.has(node)) continue;
      away.add(node);
      await node.stop('SIGKILL');
      count += 1;
      await delay(10 * below(100));
      await node.start();
      await node.unlock();
      away.delete(node);
    }
    return count;
  }

  async function cutAtRandom(endMs: number): Promise<number> {
    let count = 0;
    while (performance.now() < endMs) {
      const { host } = nodes[below(nodeCount)] as LabNode;
      await network.cut(host);
      await delay(500 + 10 * below(250));
      await network.restore(host);
      count += 1;
      await delay(1_000 + 10 * below(250));
    }
    return count;
  }

  test('path node - switch - node: what was said to be delivered is there once, and no store is damaged', async (t) => {
    t.diagnostic(`PARS_SEED=${seed}`);
    const endMs = performance.now() + 1_000 * seconds;
    const killers = nodes.filter((_, index) => index % 4 === 0);
    const [cuts, killed, written] = await Promise.all([
      cutAtRandom(endMs),
      Promise.all(killers.map(() => killAtRandom(endMs))),
      Promise.all(nodes.map((node) => write(node, endMs))),
    ]);
    const kills = sum(killed);
    if (minutes > 0) {
      // With time, all of it is delivered; a letter that was held is asked after within two minutes.
      for (const node of nodes) {
        await until('nothing waits any more', async () => (await noteDelivered(node)) === 0);
      }
    }
    for (const node of nodes) await noteDelivered(node);
    // What is said then must survive the end of everybody.
    await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
    await Promise.all(
      nodes.map(async (node) => {
        await node.start();
        await node.unlock();
      }),
    );
    t.diagnostic(
      `${kills} kills, ${cuts} cuts, ${sum(written)} written, ${delivered.size} said to be delivered`,
    );
    assert.ok(kills > 1 && cuts > 1 && delivered.size > nodeCount, 'enough happened');

    for (const node of nodes) {
      const texts = (await node.messages())
        .filter(({ direction }) => direction === 'in')
        .map(({ text }) => text);
      assert.equal(new Set(texts).size, texts.length, `nothing is twice at ${node.host.name}`);
      const due = [...delivered].flatMap(([text, to]) => (to === node ? [text] : []));
      assert.deepEqual(
        due.filter((text) => !texts.includes(text)),
        [],
        `nothing is missing at ${node.host.name}`,
      );
      const { checks } = await node.ask(async (client) =>
        unwrap(await client.call('vault.check', {})),
      );
      assert.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
      );
      assert.doesNotMatch(node.process().logged(), /damaged|corrupt/);
    }
  });
});

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  assertArrivedOnce,
  createLabNode,
  introduce,
  isLinked,
  type LabNode,
  say,
  sinceText,
  until,
  untilDelivered,
} from './lab-node.ts';
import { createNetworkLab, type NetworkLab, reasonAgainstLab } from './network-lab.ts';

const skip = (await reasonAgainstLab()) ?? false;

describe('three hosts on one switch, without uplink and DNS', { skip }, () => {
  let lab: NetworkLab;
  let nodes: readonly LabNode[] = [];

  before(async () => {
    lab = await createNetworkLab();
    const network = await lab.network(1);
    nodes = await Promise.all(
      ['Ana', 'Bob', 'Carol'].map(async (name, index) => {
        const host = await lab.host(name);
        await network.join(host, index + 1);
        return await createLabNode(host);
      }),
    );
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await lab[Symbol.asyncDispose]();
  });

  test('find each other by mDNS alone', async (t) => {
    const startMs = performance.now();
    await Promise.all(nodes.map((node) => node.start()));
    const readyMs = performance.now() - startMs;
    for (const one of nodes) {
      for (const other of nodes) {
        if (one === other) continue;
        await until('everybody is linked with everybody', () => isLinked(one, other));
      }
    }
    t.diagnostic(`ready after ${Math.round(readyMs)} ms, all linked after ${sinceText(startMs)}`);
    const [ana] = nodes as readonly [LabNode];
    const status = await ana.pars(['node', 'status']);
    assert.equal(status['peerCount'], 2);
  });

  test('path LAN link: a message of Ana arrives at Carol once', async (t) => {
    const [ana, , carol] = nodes as readonly [LabNode, LabNode, LabNode];
    await Promise.all([ana.makePerson(), carol.makePerson()]);
    await introduce(ana, carol);
    const startMs = performance.now();
    const states = await untilDelivered(ana, await say(ana, carol, 'over the switch'));
    t.diagnostic(`delivered after ${sinceText(startMs)}, states ${states.join(', ')}`);
    await assertArrivedOnce(carol, 'over the switch');
  });
});

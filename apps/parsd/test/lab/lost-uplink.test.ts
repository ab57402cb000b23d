import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  assertArrivedOnce,
  createLabNode,
  introduce,
  type LabNode,
  say,
  sinceText,
  untilDelivered,
} from './lab-node.ts';
import {
  createNetworkLab,
  type LabNetwork,
  type NetworkLab,
  reasonAgainstLab,
} from './network-lab.ts';

const skip = (await reasonAgainstLab()) ?? false;
/** An hour by `PARS_LAB_OUTAGE_S=3600`. */
const outageSeconds = Number(process.env['PARS_LAB_OUTAGE_S'] ?? 8);

describe('an uplink that is lost and comes back', { skip }, () => {
  let lab: NetworkLab;
  let uplink: LabNetwork;
  let ana: LabNode;
  let carol: LabNode;
  const nodes: LabNode[] = [];

  before(async () => {
    lab = await createNetworkLab();
    uplink = await lab.network(1);
    for (const [index, name] of ['Ana', 'Carol'].entries()) {
      const host = await lab.host(name);
      await uplink.join(host, index + 1);
      const node = await createLabNode(host);
      nodes.push(node);
      await node.start(['--lan', 'on', '--no-sticks', '--stay-unlocked']);
      await node.makePerson();
    }
    [ana, carol] = nodes as unknown as [LabNode, LabNode];
    await introduce(ana, carol);
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await lab[Symbol.asyncDispose]();
  });

  test(`path Ana - uplink - Carol: what both wrote in ${outageSeconds} s without it arrives once when it is back`, async (t) => {
    await untilDelivered(ana, await say(ana, carol, 'before'));
    await uplink.cut(ana.host);
    const fromAna = await say(ana, carol, 'written by Ana meanwhile');
    const fromCarol = await say(carol, ana, 'written by Carol meanwhile');
    await delay(outageSeconds * 1_000);
    for (const node of nodes) {
      const states = (await node.messages()).slice(-1).map(({ state }) => state);
      assert.notDeepEqual(states, ['delivered']);
    }
    await uplink.restore(ana.host);
    const startMs = performance.now();
    const states = await Promise.all([
      untilDelivered(ana, fromAna),
      untilDelivered(carol, fromCarol),
    ]);
    t.diagnostic(`all delivered ${sinceText(startMs)} after it was back: ${states.join(' | ')}`);
    await assertArrivedOnce(carol, 'before');
    await assertArrivedOnce(carol, 'written by Ana meanwhile');
    await assertArrivedOnce(ana, 'written by Carol meanwhile');
  });
});

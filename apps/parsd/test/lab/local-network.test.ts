import assert from 'node:assert/strict';
import { loadavg } from 'node:os';
import { after, before, describe, test } from 'node:test';
import {
  assertArrivedOnce,
  carried,
  createLabNode,
  introduce,
  isLinked,
  type LabNode,
  say,
  sinceText,
  until,
  untilDelivered,
} from './lab-node.ts';
import {
  createNetworkLab,
  type LabHost,
  type NetworkLab,
  reasonAgainstLab,
} from './network-lab.ts';
import { CHEAP_PUZZLE_BITS, stockParcels } from './parcel-stock.ts';

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

describe('two hosts on one switch', { skip }, () => {
  test('path LAN sync: find each other and have the same 1,000 parcels', async (t) => {
    await using lab = await createNetworkLab();
    const network = await lab.network(1);
    const hosts = await Promise.all(['Ana', 'Bob'].map((name) => lab.host(name)));
    for (const [index, host] of hosts.entries()) await network.join(host, index + 1);
    const [anas, bobs] = hosts as [LabHost, LabHost];
    await using ana = await createLabNode(anas);
    await using bob = await createLabNode(bobs);
    await stockParcels(ana.folder, 1_000);
    const environment = { PARS_FIXTURE_PUZZLE_BITS: `${CHEAP_PUZZLE_BITS}` };
    const startMs = performance.now();
    await Promise.all([ana, bob].map((node) => node.start(undefined, environment)));
    const readyText = sinceText(startMs);
    await until('they are linked', () => isLinked(bob, ana));
    const linkedText = sinceText(startMs);
    await until('all parcels are at Bob', async () => (await carried(bob)) === 1_000);
    t.diagnostic(
      `ready after ${readyText}, linked after ${linkedText}, 1,000 parcels after ${sinceText(startMs)} (load ${loadText()}); promised on a quiet machine: 5,000 ms`,
    );
    assert.equal(await carried(ana), 1_000);
  });
});

function loadText(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

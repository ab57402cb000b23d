import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unwrap } from '@pars/base';
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
import { createNetworkLab, type NetworkLab, reasonAgainstLab } from './network-lab.ts';

const skip = (await reasonAgainstLab()) ?? false;

/** Where both sides see the relay; it is on no network of theirs. */
const PUBLIC = '203.0.113.7';

/** Both can dial the relay, nobody can dial them, and the relay's host forwards no packets. */
describe('Ana and Carol behind routers that let nobody in', { skip }, () => {
  let lab: NetworkLab;
  let relay: LabNode;
  let ana: LabNode;
  let carol: LabNode;
  const nodes: LabNode[] = [];

  before(async () => {
    lab = await createNetworkLab();
    const relayHost = await lab.host('Relay');
    await relayHost.addAddress(PUBLIC);
    for (const [name, number] of [
      ['Ana', 1],
      ['Carol', 2],
    ] as const) {
      const network = await lab.network(number);
      const host = await lab.host(name);
      const gateway = await network.join(relayHost, 9);
      await network.join(host, 1);
      await host.addRoute(PUBLIC, gateway);
      nodes.push(await createLabNode(host));
    }
    relay = await createLabNode(relayHost);
    nodes.push(relay);
    [ana, carol] = nodes as unknown as [LabNode, LabNode];
    const { ready } = await relay.start([
      ...['--lan', 'off', '--no-sticks', '--role', 'relay', '--offer-relay'],
      ...['--listen', `/ip4/${PUBLIC}/tcp/4001`, '--log-level', 'debug'],
    ]);
    const [address = ''] = ready.addresses;
    assert.ok(address.startsWith(`/ip4/${PUBLIC}/tcp/4001`), address);
    for (const node of [ana, carol]) {
      await node.start(['--lan', 'on', '--no-sticks', '--relay', address]);
    }
    await Promise.all([ana.makePerson(), carol.makePerson()]);
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await lab[Symbol.asyncDispose]();
  });

  test('path Ana - relay - Carol: a link through a node that can read nothing of it', async (t) => {
    const startMs = performance.now();
    await until('both are reachable through the relay', async () => {
      const found = await Promise.all([ana, carol].map(reachableThrough));
      return found.every((count) => count === 1);
    });
    await introduce(ana, carol);
    t.diagnostic(`contacts through the relay after ${sinceText(startMs)}`);
    const sentMs = performance.now();
    const states = await untilDelivered(ana, await say(ana, carol, 'through a stranger'));
    t.diagnostic(`told as delivered after ${sinceText(sentMs)}, states ${states.join(', ')}`);
    await untilDelivered(carol, await say(carol, ana, 'and back through a stranger'));
    await assertArrivedOnce(carol, 'through a stranger');
    await assertArrivedOnce(ana, 'and back through a stranger');

    assert.ok(await isLinked(ana, carol));
    const peers = await ana.parsText(['mesh', 'peers']);
    assert.match(peers, /p2p-circuit/);
    const status = await relay.ask(async (client) => unwrap(await client.call('mesh.status', {})));
    assert.equal(status.relay.reservations, 2);
    assert.ok(status.relay.connections >= 1);
    // It lent its link; it carried no parcel.
    assert.equal(await carried(relay), 0);
  });

  test('the relay knows neither what was said nor who', async () => {
    const kept = await allBytesBelow(relay.folder);
    const said = [...kept, Buffer.from(relay.process().logged())];
    for (const secret of ['a stranger', 'Ana', 'Carol']) {
      for (const bytes of said) assert.equal(bytes.indexOf(secret), -1, secret);
    }
  });
});

async function reachableThrough(node: LabNode): Promise<number> {
  const status = await node.ask(async (client) => unwrap(await client.call('mesh.status', {})));
  return status.relay.reachableThrough;
}

async function allBytesBelow(folder: string): Promise<readonly Buffer[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map(({ name, parentPath }) => readFile(join(parentPath, name))));
}

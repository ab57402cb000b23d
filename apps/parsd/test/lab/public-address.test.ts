import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLabNode } from './lab-node.ts';
import { createNetworkLab, reasonAgainstLab } from './network-lab.ts';

const skip = (await reasonAgainstLab()) ?? false;

test('a node that listens at a public address says so, before anybody has confirmed it', {
  skip,
}, async () => {
  await using lab = await createNetworkLab();
  const host = await lab.host('Keeper');
  await host.addAddress('1.1.7.7');
  await using node = await createLabNode(host);
  const route = '/ip4/1.1.7.7/tcp/4001';
  const { ready } = await node.start(['--lan', 'off', '--no-sticks', '--listen', route]);
  assert.equal(ready.addresses.length, 1);
  assert.ok(ready.addresses[0]?.startsWith(route));
});

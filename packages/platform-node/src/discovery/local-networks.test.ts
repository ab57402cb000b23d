import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neighbouring, ownNetworks } from './local-networks.ts';

test('a neighbour names hosts of the own networks and private ones, and nobody in the internet', () => {
  const interfaces = [{ address: '44.1.2.3', prefixLength: 24, isLoopback: false }];
  const kept = ['/ip4/44.1.2.9/tcp/4001', '/ip4/192.168.1.5/tcp/1', '/ip6/fd00::2/tcp/1/ws'];
  const refused = [
    '/ip4/44.1.3.9/tcp/4001',
    '/ip4/8.8.8.8/tcp/25',
    '/ip6/2606:4700::1111/tcp/443',
    '/dns4/node.example.org/tcp/1',
    'nothing',
  ];
  assert.deepEqual(neighbouring([...refused, ...kept], ownNetworks(interfaces)), kept);
});

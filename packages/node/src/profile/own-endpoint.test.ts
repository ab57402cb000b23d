import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tellableAddresses } from './own-endpoint.ts';

const NODE = '/p2p/12D3KooWRBhwfeP2Y4TCx1SM6s9rUoHhR5STiGwxBhgFRcw3UERE';
const loopback = `/ip4/127.0.0.1/tcp/4001${NODE}`;
const relayed = `/ip4/203.0.113.7/tcp/4001${NODE}/p2p-circuit${NODE}#${'a'.repeat(52)}`;
const forwarded = `/ip4/198.51.100.9/tcp/4001${NODE}`;
const near = [1, 2, 3, 4, 5].map((place) => `/ip4/192.168.${place}.2/tcp/4001${NODE}`);

describe('the addresses that others are told', () => {
  test('are near ones, then far ones, then those of the machine', () => {
    const all = [loopback, near[0] ?? '', relayed];
    assert.deepEqual(tellableAddresses(all), [near[0], relayed, loopback]);
    assert.deepEqual(tellableAddresses([loopback]), [loopback]);
  });

  test('keep the ways in from elsewhere, whatever networks the machine is in', () => {
    assert.deepEqual(tellableAddresses([loopback, ...near, forwarded, relayed, relayed]), [
      ...near.slice(0, 2),
      forwarded,
      relayed,
    ]);
    assert.deepEqual(tellableAddresses([loopback, ...near]), near.slice(0, 4));
  });

  test('leave out what no contact could use', () => {
    assert.deepEqual(tellableAddresses([`/ip4/1.2.3.4/tcp/1/${'x'.repeat(320)}`, loopback]), [
      loopback,
    ]);
  });
});

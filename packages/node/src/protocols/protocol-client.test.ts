import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MeshHost, meshErr } from '@pars/mesh';
import { linkTo, linkToAny } from './protocol-client.ts';

test('neither a contact nor an invite has anything but a handshake sent to hosts of the own network', async () => {
  const dials: string[] = [];
  const mesh: Pick<MeshHost, 'dial' | 'peers'> = {
    peers: () => [],
    dial: async (address) => {
      dials.push(address);
      return meshErr('mesh/unreachable');
    },
  };
  const addresses = [
    '/unix/%2Frun%2Fdocker.sock',
    '/ip4/192.168.1.1/tcp/80/ws/http-path/reboot',
    '/ip4/192.168.1.5/tcp/4001',
  ];
  const { signal } = new AbortController();
  await linkTo(mesh, { nodeId: 'somebody', addresses }, signal);
  assert.deepEqual(dials, ['/ip4/192.168.1.5/tcp/4001']);
  await linkToAny(mesh, addresses, signal);
  assert.deepEqual(dials, ['/ip4/192.168.1.5/tcp/4001', '/ip4/192.168.1.5/tcp/4001']);
});

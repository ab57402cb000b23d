import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure, Result } from '@pars/base';
import { createStreamPair } from '@pars/base/fakes';
import type { LinkPeer } from '../mesh-host.ts';
import { createStreamHostNetwork, type WatchedStreamHost } from './stream-host-fixture.ts';

const network = createStreamHostNetwork('room of stream hosts');

/** A new node links with `host` from `source`. */
async function come(host: WatchedStreamHost, source: string): Promise<Result<LinkPeer, Failure>> {
  const newcomer = await network.createHost();
  const [near, far] = createStreamPair();
  const address = `/ip4/${source}/tcp/4001`;
  const answered = host.adopt(far, { direction: 'inbound', address });
  await newcomer.adopt(near, { direction: 'outbound', address });
  return answered;
}

test('when no link is free, the newest of the busiest source gives way, or the newcomer', async () => {
  const host = await network.createHost({ maxLinks: 4 });
  const busy: LinkPeer[] = [];
  for (let index = 0; index < 4; index += 1) {
    const linked = await come(host, '192.0.2.1');
    assert.ok(linked.ok);
    busy.push(linked.value);
  }
  assert.ok((await come(host, '192.0.2.2')).ok);
  const ids = host.peers().map(({ nodeId }) => nodeId);
  assert.equal(ids.length, 4);
  assert.ok(busy[3] !== undefined && !ids.includes(busy[3].nodeId));
  const refused = await come(host, '192.0.2.1');
  assert.equal(refused.ok ? '' : refused.error.code, 'mesh/too-many-links');
  assert.ok((await come(host, '192.0.2.2')).ok);
  assert.equal((await come(host, '192.0.2.2')).ok, false);
});

test('a direct link is asked before one through a relay', async () => {
  const [host, other] = [await network.createHost(), await network.createHost()];
  const relayed =
    '/ip4/192.0.2.9/tcp/4001/p2p/12D3KooWPYUNq56akCztJZE6zUVMdPvNPEfFionGVSf7buBHeT1t/p2p-circuit';
  for (const address of ['/ip4/192.0.2.1/tcp/4001', relayed]) {
    const [near, far] = createStreamPair();
    const answered = other.adopt(far, { direction: 'inbound', address });
    await host.adopt(near, { direction: 'outbound', address });
    await answered;
  }
  assert.deepEqual(
    host.peers().map(({ address }) => address),
    ['/ip4/192.0.2.1/tcp/4001'],
  );
});

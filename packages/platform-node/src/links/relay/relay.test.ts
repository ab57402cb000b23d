import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createVirtualTime } from '@pars/base/fakes';
import { type NodeId, startRelayService } from '@pars/mesh';
import { meshHostConformance } from '@pars/mesh/conformance';
import { systemRandom } from '../../crypto/system-random.ts';
import { createWatchedHost, realClock, realScheduler, type WatchedHost } from '../links-fixture.ts';
import { createRelayedHosts, startClient } from './relay-fixture.ts';

const relayed = await createRelayedHosts();
const listen = ['/ip4/127.0.0.1/tcp/0'];

describe('a host behind a relay conforms', () => {
  after(() => relayed[Symbol.asyncDispose]());
  for (const { name, run } of meshHostConformance('relayed', relayed)) test(name, run);
});

describe('a node behind a relay', () => {
  test('announces who relays it, with its own key', async () => {
    await using hosts = await createRelayedHosts();
    await using host = await hosts.createHost();
    const [relayAddress = ''] = hosts.relay.addresses();
    const route = relayAddress.split('#')[0];
    const [address = ''] = host.addresses();
    assert.ok(address.startsWith(`${route}/p2p-circuit/p2p/${host.nodeId}#`), address);
  });

  test('is shown at the address that it was reached under, on both sides', async () => {
    await using hosts = await createRelayedHosts();
    await using a = await hosts.createHost();
    await using b = await hosts.createHost();
    const dialled = await a.dial(b.addresses()[0] ?? '');
    assert.ok(dialled.ok);
    assert.match(dialled.value.address, new RegExp(`/p2p-circuit/p2p/${b.nodeId}$`));
    await until(() => b.peers().length === 1);
    assert.match(b.peers()[0]?.address ?? '', new RegExp(`/p2p-circuit/p2p/${a.nodeId}$`));
    assert.equal(hosts.relay.counted('mesh/relayed'), 1);
  });

  test('gets a direct link beside the relayed one, which new streams take', async () => {
    await using hosts = await createRelayedHosts();
    await using a = await hosts.createHost();
    await using b = await createWatchedHost({ listen });
    startClient(b, { relays: () => hosts.relay.addresses() });
    await until(() => b.addresses().length === 2);
    const [direct = '', viaRelay = ''] = b.addresses();
    assert.ok((await a.dial(viaRelay)).ok);
    const dialled = await a.dial(direct);
    assert.ok(dialled.ok);
    assert.ok(!dialled.value.address.includes('p2p-circuit'));
    await hosts.relay.stop();
    const stream = await a.openStream(b.nodeId, '/pars/nobody/1');
    assert.equal(stream.ok ? 'open' : stream.error.code, 'mesh/unsupported-protocol');
    assert.equal(a.peers()[0]?.address, dialled.value.address);
  });

  test('keeps the relayed link when nobody answers directly', async () => {
    await using hosts = await createRelayedHosts();
    await using a = await hosts.createHost();
    await using b = await hosts.createHost();
    const [viaRelay = ''] = b.addresses();
    assert.ok((await a.dial(viaRelay)).ok);
    const end = viaRelay.slice(viaRelay.lastIndexOf('/p2p/'));
    const dialled = await a.dial(`/ip4/127.0.0.1/tcp/1${end}`);
    assert.ok(dialled.ok);
    assert.match(dialled.value.address, /p2p-circuit/);
  });

  test('loses its relayed links and addresses with the relay, and asks again when it is back', async () => {
    await using relay = await createWatchedHost({ listen });
    startRelayService({ ...realDeps, host: relay, metrics: relay.metrics });
    await using b = await createWatchedHost({ listen: [] });
    const time = createVirtualTime();
    const client = startClient(b, { relays: () => relay.addresses() }, time.scheduler);
    await until(() => client.reservations().length === 1);
    await using a = await createWatchedHost({ listen: [] });
    startClient(a);
    assert.ok((await a.dial(b.addresses()[0] ?? '')).ok);
    await until(() => b.peers().length === 2);

    const down = Promise.all([untilDown(a, b.nodeId), untilDown(b, relay.nodeId)]);
    relay.drop(b.nodeId);
    await down;
    await until(() => client.reservations().length === 1);
    assert.ok((await a.dial(b.addresses()[0] ?? '')).ok, 'reserved again, at once');

    await relay.stop();
    await until(() => client.reservations().length === 0);
    assert.deepEqual(b.addresses(), []);
  });

  test('is refused by a relay that spares its connection', async () => {
    await using relay = await createWatchedHost({ listen });
    await using b = await createWatchedHost({ listen: [] });
    const deps = { ...realDeps, host: relay, metrics: relay.metrics, isSparing: () => true };
    const service = startRelayService(deps);
    const client = startClient(b, { relays: () => relay.addresses() });
    await until(() => relay.counted('mesh/relay-refused') === 1);
    assert.equal(service.reservationCount, 0);
    assert.deepEqual(client.reservations(), []);
  });

  test('holds three reservations at most, at different relays', async () => {
    const relays = await Promise.all([1, 2, 3, 4].map(() => createWatchedHost({ listen })));
    for (const relay of relays) {
      startRelayService({ ...realDeps, host: relay, metrics: relay.metrics });
    }
    await using b = await createWatchedHost({ listen: [] });
    const client = startClient(b, {
      relays: () => relays.flatMap((relay) => relay.addresses()),
      count: 3,
    });
    await until(() => client.reservations().length === 3);
    assert.equal(b.addresses().length, 3);
    assert.equal(b.peers().length, 3);
    for (const relay of relays) await relay.stop();
  });
});

const realDeps = { clock: realClock, scheduler: realScheduler, random: systemRandom };

function untilDown(host: WatchedHost, nodeId: NodeId): Promise<void> {
  return new Promise((resolve) => {
    const stop = host.onLink(({ type, peer }) => {
      if (type !== 'down' || peer.nodeId !== nodeId) return;
      stop();
      resolve();
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

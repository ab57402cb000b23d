import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { base32, ParsError, unwrap } from '@pars/base';
import { createMemoryBlobStore } from '@pars/base/fakes';
import { compareDistance, signNodeList } from '@pars/mesh';
import { createFindingWorld, type FoundNode } from './discovery-fixture.ts';

describe('finding in the local network', () => {
  test('two nodes are linked within two seconds', async () => {
    const { createNode, time } = createFindingWorld('lan');
    const one = await createNode('one', '/ip4/192.168.1.2/tcp/4001', { isOnLan: true });
    const two = await createNode('two', '/ip4/192.168.1.3/tcp/4001', { isOnLan: true });
    await time.advance(2_000);
    assert.equal(one.mesh.peers().length, 1);
    assert.equal(two.discovery.status().lan, 'on');
    await one.stop();
    await two.stop();
    // The networks that a machine was in are not kept.
    assert.ok(((await two.blobs.read('mesh-peers'))?.length ?? 0) < 20);
  });
});

describe('a neighbour who invents nodes without end', () => {
  test('keeps nobody from those beyond the local network', async () => {
    const { createNode, dials, shout, suite, time } = createFindingWorld('flood');
    const far = await Promise.all(
      [1, 2, 3].map((at) => createNode(`far${at}`, `/ip4/44.${at}.0.1/tcp/4001`)),
    );
    const one = await createNode('one', '/ip4/192.168.1.2/tcp/4001', { isOnLan: true });
    const flood = (second: number): void => {
      for (let at = 0; at < 32; at += 1) {
        const fingerprint = base32.encode(suite.symmetric.sha3(Uint8Array.of(second, at)));
        shout([1, 2, 3, 4].map((host) => `/ip4/10.66.0.${host}/tcp/${at + 1}#${fingerprint}`));
      }
    };
    for (let second = 0; second < 30; second += 1) {
      flood(second);
      await time.advance(1_000);
    }
    const signer = await suite.signature.signerFromSeed(suite.signature.generateSeed());
    const nowMs = time.clock.nowMs();
    const addresses = far.map(({ address }) => address);
    const list = { serial: 1, madeMs: nowMs, expiresMs: nowMs + 86_400_000, addresses };
    unwrap(await one.discovery.addList(await signNodeList(suite, signer, list)));
    for (let second = 30; second < 50; second += 1) {
      flood(second);
      await time.advance(1_000);
    }
    assert.equal(one.discovery.status().kept, 3);
    // 8 at a time, of 8 s each.
    const invented = dials.filter((address) => address.startsWith('/ip4/10.66.')).length;
    assert.ok(invented <= 8 * 8, `${invented}`);
  });
});

describe('a disk', () => {
  const refuse = async (): Promise<never> => {
    throw new ParsError('base/storage-failed', { reason: 'ENOSPC' });
  };

  test('that refuses to be read costs what was remembered, and not the mesh', async () => {
    const { createNode, time } = createFindingWorld('unreadable');
    const one = await createNode('one', '/ip4/44.1.0.1/tcp/4001');
    const blobs = { ...createMemoryBlobStore(), read: refuse };
    const two = await createNode('two', '/ip4/44.2.0.1/tcp/4001', {}, blobs);
    const adding = two.discovery.addNode(one.address);
    await time.advance(1_000);
    assert.equal((await adding).ok, true);
  });

  test('that is full is asked again when it may have room, and does not hinder the end', async () => {
    const { createNode, suite, time } = createFindingWorld('full');
    const one = await createNode('one', '/ip4/44.1.0.1/tcp/4001');
    const disk = createMemoryBlobStore();
    let isFull = true;
    const blobs = {
      ...disk,
      replace: (name: string, content: Uint8Array) =>
        isFull ? refuse() : disk.replace(name, content),
    };
    const two = await createNode('two', '/ip4/44.2.0.1/tcp/4001', {}, blobs);
    const adding = two.discovery.addNode(one.address);
    await time.advance(1_000);
    assert.equal((await adding).ok, true);
    await time.advance(320_000);
    assert.equal(await disk.read('mesh-peers'), undefined);
    isFull = false;
    await time.advance(320_000);
    assert.notEqual(await disk.read('mesh-peers'), undefined);

    const signer = await suite.signature.signerFromSeed(suite.signature.generateSeed());
    const nowMs = time.clock.nowMs();
    const list = { serial: 1, madeMs: nowMs, expiresMs: nowMs + 60_000, addresses: [one.address] };
    const text = await signNodeList(suite, signer, list);
    isFull = true;
    await assert.rejects(two.discovery.addList(text), { code: 'base/storage-failed' });
    assert.deepEqual(two.discovery.lists(), []);
    await two.stop();
  });
});

describe('a mesh', () => {
  test('forms from one address, finds who is near a place, and is there again after a restart', async () => {
    const world = createFindingWorld('mesh');
    const { createNode, suite, time } = world;
    const nodes: FoundNode[] = [];
    for (let at = 0; at < 5; at += 1) {
      nodes.push(await createNode(`n${at}`, `/ip4/44.${at}.0.1/tcp/4001`, { role: 'desktop' }));
    }
    const [first, second] = nodes as [FoundNode, FoundNode];
    for (const node of nodes.slice(1)) {
      const adding = node.discovery.addNode(first.address);
      await time.advance(100);
      assert.equal((await adding).ok, true);
    }
    await time.advance(150_000);
    const place = suite.symmetric.sha3(new TextEncoder().encode('somewhere'));
    const finding = second.discovery.closestNodes(place, 3);
    await time.advance(30_000);
    const found = unwrap(await finding);
    const bytes = (node: FoundNode) => unwrap(base32.decode(node.fingerprint, { maxBytes: 32 }));
    const nearest = nodes
      .filter((node) => node !== second)
      .toSorted((a, b) => compareDistance(place, bytes(a), bytes(b)))
      .slice(0, 3)
      .map((node) => node.fingerprint);
    assert.deepEqual(
      found.nodes.map(({ fingerprint }) => fingerprint),
      nearest,
    );
    assert.ok(second.discovery.status().kept >= 3, JSON.stringify(second.discovery.status()));
    assert.ok(second.discovery.status().listedBy >= 2);

    const { blobs } = second;
    await second.stop();
    const again = await createNode('n1', '/ip4/44.1.0.1/tcp/4001', {}, blobs);
    await time.advance(30_000);
    assert.ok(again.mesh.peers().length >= 3, `${again.mesh.peers().length}`);
  });

  test('forms from a signed list, and not from one that is old, altered or taken back', async () => {
    const { createNode, suite, time } = createFindingWorld('list');
    const one = await createNode('one', '/ip4/44.1.0.1/tcp/4001');
    const two = await createNode('two', '/ip4/44.2.0.1/tcp/4001');
    const signer = await suite.signature.signerFromSeed(suite.signature.generateSeed());
    const nowMs = time.clock.nowMs();
    const list = {
      serial: 2,
      madeMs: nowMs,
      expiresMs: nowMs + 86_400_000,
      addresses: [one.address],
    };
    const text = await signNodeList(suite, signer, list);
    const altered = await two.discovery.addList(text.replace('serial 2', 'serial 3'));
    assert.equal(altered.ok ? '' : altered.error.code, 'mesh/bad-node-list');
    const { key } = unwrap(await two.discovery.addList(text));
    const older = await two.discovery.addList(
      await signNodeList(suite, signer, { ...list, serial: 1 }),
    );
    assert.equal(older.ok ? '' : older.error.code, 'mesh/outdated-node-list');
    await time.advance(5_000);
    assert.equal(two.mesh.peers().length, 1);
    assert.equal(await two.discovery.removeList(key), true);
    assert.deepEqual(two.discovery.lists(), []);
  });

  test('never dials what strangers say of private hosts', async () => {
    const { createNode, dials, time } = createFindingWorld('private');
    const victim = '/ip4/192.168.1.1/tcp/80';
    const router = await createNode('router', victim);
    const one = await createNode('one', '/ip4/44.1.0.1/tcp/4001', { announce: [victim] });
    const two = await createNode('two', '/ip4/44.2.0.1/tcp/4001');
    // The first one knows the router from its owner, and may link with it.
    const added = one.discovery.addNode(router.address);
    await time.advance(100);
    assert.equal((await added).ok, true);
    dials.length = 0;
    const adding = two.discovery.addNode(one.address);
    await time.advance(600_000);
    assert.equal((await adding).ok, true);
    assert.deepEqual(
      dials.filter((address) => address.startsWith(victim)),
      [],
    );
  });
});

describe('links', () => {
  test('that a sleep has broken are noticed, and opened anew when the other is back', async () => {
    const { createNode, frozen, time } = createFindingWorld('sleep');
    const one = await createNode('one', '/ip4/44.1.0.1/tcp/4001');
    const two = await createNode('two', '/ip4/44.2.0.1/tcp/4001');
    const adding = two.discovery.addNode(one.address);
    await time.advance(20_000);
    assert.equal((await adding).ok, true);
    frozen.add(one.mesh.nodeId);
    await time.advance(60_000);
    assert.equal(two.mesh.peers().length, 1);
    // The machine sleeps for an hour.
    time.jumpWallClock(3_600_000);
    const [before] = two.mesh.peers();
    await time.advance(24_000);
    assert.notEqual(two.mesh.peers()[0]?.sinceMs, before?.sinceMs);
    frozen.clear();
    await time.advance(30_000);
    assert.equal(two.mesh.peers().length, 1);
    assert.equal(two.discovery.status().kept, 1);
  });

  test('are asked rarely on a phone and a metered connection, and tell them who is there', async () => {
    for (const options of [{ role: 'phone' }, { isMetered: true }] as const) {
      const { createNode, time } = createFindingWorld(`asked ${JSON.stringify(options)}`);
      const nodes: FoundNode[] = [];
      for (let at = 0; at < 3; at += 1) {
        nodes.push(await createNode(`n${at}`, `/ip4/44.${at}.0.1/tcp/4001`));
      }
      const [first] = nodes as [FoundNode];
      const one = await createNode('one', '/ip4/192.168.1.2/tcp/4001', options);
      for (const node of [...nodes.slice(1), one]) {
        const adding = node.discovery.addNode(first.address);
        await time.advance(100);
        assert.equal((await adding).ok, true);
      }
      await time.advance(600_000);
      assert.equal(one.discovery.status().known, 3);
      const before = one.discovery.status().answers;
      await time.advance(3_600_000);
      assert.ok(
        one.discovery.status().answers - before <= 12,
        `${one.discovery.status().answers - before}`,
      );
    }
  });

  test('are fewer on a metered connection and on a phone', async () => {
    const { createNode } = createFindingWorld('metered');
    const phone = await createNode('p', '/ip4/44.1.0.1/tcp/4001', {
      role: 'phone',
      isMetered: true,
    });
    assert.equal(phone.discovery.status().target, 2);
    phone.discovery.setMetered(false);
    assert.equal(phone.discovery.status().target, 4);
    assert.equal(phone.discovery.status().isServing, false);
  });
});

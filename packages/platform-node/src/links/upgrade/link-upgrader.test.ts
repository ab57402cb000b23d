import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { peerIdFromString } from '@libp2p/peer-id';
import { tcp } from '@libp2p/tcp';
import { multiaddrConnectionPair } from '@libp2p/utils';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createRecordingLog, createVirtualTime } from '@pars/base/fakes';
import { createNodeKeyPins, handshakeTimeoutMs, keyFingerprint, nodeIdFromKey } from '@pars/mesh';
import { createLibp2p } from 'libp2p';
import { createLinkGuard } from '../guard/link-guard.ts';
import { createWatchedHost, nativeSuite } from '../links-fixture.ts';
import { createRefusingProtector } from './link-upgrader.ts';

test('a transport that was not wrapped opens no connection, in either direction', async () => {
  const log = createRecordingLog();
  const counts: string[] = [];
  const metrics = {
    count: (name: string) => void counts.push(name),
    gauge: () => undefined,
    snapshot: () => new Map<string, number>(),
  };
  const guard = createLinkGuard({ log, metrics, pins: createNodeKeyPins() });
  const forgetful = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    streamMuxers: [yamux()],
    connectionProtector: () => createRefusingProtector(guard),
    connectionMonitor: { enabled: false },
  });
  await using host = await createWatchedHost({ listen: ['/ip4/127.0.0.1/tcp/0'] });
  const [ownAddress] = forgetful.getMultiaddrs();
  const [hostAddress] = host.addresses();
  assert.ok(ownAddress !== undefined && hostAddress !== undefined);

  assert.equal((await host.dial(ownAddress.toString())).ok, false);
  await assert.rejects(forgetful.dial(multiaddr(hostAddress.split('#')[0])));
  const codes = counts.filter((name) => name !== 'mesh/link-refused');
  assert.ok(codes.length >= 2);
  assert.ok(codes.every((name) => name === 'mesh/unprotected-connection'));
  assert.equal(forgetful.getConnections().length, 0);
  assert.equal(host.peers().length, 0);
  await forgetful.stop();
});

test('of two handshakes of one node id that ran side by side, the second key is refused', async () => {
  const codes: string[] = [];
  const pins = createNodeKeyPins();
  const guard = createLinkGuard({
    log: createRecordingLog(),
    metrics: {
      count: (name: string) => void codes.push(name),
      gauge: () => undefined,
      snapshot: () => new Map<string, number>(),
    },
    pins,
  });
  const signer = await nativeSuite.signature.signerFromSeed(nativeSuite.signature.generateSeed());
  const other = await nativeSuite.signature.signerFromSeed(nativeSuite.signature.generateSeed());
  const nodeId = nodeIdFromKey(signer.publicKey.bytes);
  const connectionWith = (nodeKey: typeof signer.publicKey.bytes) => {
    const [connection] = multiaddrConnectionPair();
    const fingerprint = keyFingerprint(nativeSuite.symmetric, nodeKey);
    // Each handshake asked the pins before either link was open.
    assert.ok(pins.check(nodeId, fingerprint).ok);
    guard.admit(connection, { nodeId, nodeKey, fingerprint });
    return connection;
  };
  const first = connectionWith(signer.publicKey.bytes);
  const second = connectionWith(other.publicKey.bytes);
  const peerId = peerIdFromString(nodeId);
  assert.equal(guard.mustDenyUpgraded(peerId, first), false);
  assert.equal(guard.mustDenyUpgraded(peerId, second), true);
  assert.deepEqual(codes, ['mesh/key-changed', 'mesh/link-refused']);
});

test('what crosses the wire of a WebSocket listener in silence is dropped', async () => {
  const time = createVirtualTime();
  await using host = await createWatchedHost(
    { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
    time.scheduler,
  );
  const port = Number(/tcp\/(\d+)/.exec(host.addresses()[0] ?? '')?.[1]);
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  while (time.pendingCount === 0) await new Promise((resolve) => setImmediate(resolve));
  await time.advance(handshakeTimeoutMs);
  await closed;
});

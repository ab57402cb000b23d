import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { request } from 'node:https';
import { after, describe, test } from 'node:test';
import { meshHostConformance } from '@pars/mesh/conformance';
import { WebSocket } from 'ws';
import { createWatchedHost, type WatchedHost } from '../links-fixture.ts';
import { freePort, type NginxSlot, nginxSkip, page, startNginx } from './nginx-fixture.ts';

describe('a host behind nginx', { skip: nginxSkip }, async () => {
  if (nginxSkip !== false) return;
  const nginx = await startNginx(4);
  after(() => nginx[Symbol.asyncDispose]());
  const free = [...nginx.slots];

  describe('conforms', () => {
    const fixture = {
      createHost: (options: { readonly maxStreamsPerProtocol: number }) => createHost(options),
    };
    for (const { name, run } of meshHostConformance('wss', fixture)) test(name, run);
  });

  test('is on one path of an ordinary site, and looks like none', async () => {
    await using host = await createHost({});
    const [address = ''] = host.addresses();
    assert.match(address, /^\/dns4\/localhost\/tcp\/\d+\/tls\/ws\/http-path\/k3v9-notes-\d\/p2p\//);
    assert.deepEqual(await get('/'), { status: 200, body: page });
    const missing = await get('/nothing');
    assert.equal(missing.status, 404);
    assert.deepEqual(await get(pathOf(host)), missing);
  });

  test('sees who asks, not the proxy, and believes that of nobody else', async () => {
    await using host = await createHost({});
    await using dialer = await createWatchedHost({ listen: [] });
    assert.ok((await dialer.dial(host.addresses()[0] ?? '')).ok);
    const [peer] = await untilLinked(host);
    assert.match(peer?.address ?? '', /^\/ip4\/127\.0\.0\.1\/tcp\/0\/ws\/p2p\//);
  });

  test('is told by the proxy who asks, whatever a stranger says', async () => {
    const [slot] = free;
    assert.ok(slot);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    slot.pointTo(portOf(server));
    const socket = new WebSocket(`wss://localhost:${nginx.port}/${slot.path}`, {
      headers: { 'X-Real-IP': '192.0.2.7' },
    });
    socket.on('error', () => undefined);
    const [asked] = (await once(server, 'upgrade')) as [IncomingMessage];
    assert.equal(asked.headers['x-real-ip'], '127.0.0.1');
    socket.terminate();
    server.closeAllConnections();
    server.close();
  });

  test('closes and counts a connection whose encryption is not ours', async () => {
    await using host = await createHost({});
    const socket = new WebSocket(`wss://localhost:${nginx.port}${pathOf(host)}`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    socket.send(Buffer.from('\u0013/multistream/1.0.0\n'));
    await closed;
    assert.equal(host.counted('mesh/unknown-suite'), 1);
  });

  test('leaves no trace of its links in the logs of the proxy', async () => {
    await using host = await createHost({});
    await using dialer = await createWatchedHost({ listen: [] });
    assert.ok((await dialer.dial(host.addresses()[0] ?? '')).ok);
    await dialer.stop();
    await get('/in-the-log');
    const log = await nginx.readLog('access');
    assert.ok(log.includes('/in-the-log'));
    assert.ok(!log.includes('" 101 '));
    assert.equal(await nginx.readLog('error'), '');
  });

  /** Listens on loopback behind a free path; gives the path back when it is stopped. */
  async function createHost(options: {
    readonly maxStreamsPerProtocol?: number;
  }): Promise<WatchedHost> {
    const slot = free.shift();
    assert.ok(slot, 'every path is taken');
    const { host, port } = await listen(slot, options);
    slot.pointTo(port);
    const stop = async (): Promise<void> => {
      if (!free.includes(slot)) free.push(slot);
      await host.stop();
    };
    return { ...host, stop, [Symbol.asyncDispose]: stop };
  }

  async function listen(
    { path }: NginxSlot,
    options: { readonly maxStreamsPerProtocol?: number },
  ): Promise<{ readonly host: WatchedHost; readonly port: number }> {
    for (;;) {
      const port = await freePort();
      const announce = [`/dns4/localhost/tcp/${nginx.port}/tls/ws/http-path/${path}`];
      const where = { listen: [`/ip4/127.0.0.1/tcp/${port}/ws`], announce, isBehindProxy: true };
      try {
        return { host: await createWatchedHost({ ...where, ...options }), port };
      } catch {
        // Somebody took the port meanwhile.
      }
    }
  }

  function get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: 'localhost', port: nginx.port, path }, (response) => {
        const chunks: Uint8Array[] = [];
        response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  }
});

function pathOf(host: WatchedHost): string {
  const path = /\/http-path\/([^/]+)\//.exec(host.addresses()[0] ?? '')?.[1];
  assert.ok(path);
  return `/${path}`;
}

async function untilLinked(host: WatchedHost): Promise<ReturnType<WatchedHost['peers']>> {
  while (host.peers().length === 0) await new Promise((resolve) => setImmediate(resolve));
  return host.peers();
}

function portOf(server: Server): number {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

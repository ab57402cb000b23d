import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecordingLog } from '@pars/base/fakes';
import { createSuite } from '@pars/crypto';
import { createJavaScriptProvider } from '@pars/crypto/provider';
import type { MeshHost } from '@pars/mesh';
import { meshHostConformance } from '@pars/mesh/conformance';
import {
  createLibp2pHost,
  createNodeCryptoProvider,
  systemRandom as nodeRandom,
  systemClock,
  systemScheduler,
} from '@pars/platform-node';
import { systemRandom } from '../system-random.ts';
import { createBrowserHost } from './browser-host.ts';

const metrics = { count: () => undefined, gauge: () => undefined, snapshot: () => new Map() };
const pageSuite = createSuite({
  provider: createJavaScriptProvider({ random: systemRandom }),
  random: systemRandom,
});
const daemonSuite = createSuite({ provider: createNodeCryptoProvider(), random: nodeRandom });

/** Runs on Node, which has the same WebSocket global as a page; Chromium runs it too, elsewhere. */
describe('a page and a daemon over WebSocket conform', () => {
  let hostCount = 0;
  const fixture = {
    // The cases let the first host dial the second.
    createHost(options: { readonly maxStreamsPerProtocol: number }): Promise<MeshHost> {
      hostCount += 1;
      return hostCount % 2 === 1 ? createPage(options) : createDaemon(options);
    },
  };
  for (const { name, run } of meshHostConformance('page to daemon', fixture)) {
    test(name, async () => {
      hostCount = 0;
      await run();
    });
  }
});

test('what is no node at the other end fails', async () => {
  await using page = await createPage({ maxStreamsPerProtocol: 8 });
  const nobody = await page.dial('/ip4/127.0.0.1/tcp/1/ws');
  assert.equal(nobody.ok ? '' : nobody.error.code, 'mesh/unreachable');
  const route = await page.dial('/ip4/127.0.0.1/tcp/80');
  assert.equal(route.ok ? '' : route.error.code, 'mesh/bad-address');
});

async function createPage(options: { readonly maxStreamsPerProtocol: number }): Promise<MeshHost> {
  const nodeSeed = pageSuite.signature.generateSeed();
  const log = createRecordingLog();
  const host = await createBrowserHost({ suite: pageSuite, nodeSeed, log, metrics }, options);
  // Nobody dials a page: a route that leads nowhere stands in for its address.
  host.addRoutes({
    dials: (route) => route.startsWith('/memory/'),
    dial: async () => ({ ok: false, error: { code: 'mesh/unreachable' } }),
    routes: () => ['/memory/a-page'],
  });
  return host;
}

function createDaemon(options: { readonly maxStreamsPerProtocol: number }): Promise<MeshHost> {
  return createLibp2pHost(
    {
      suite: daemonSuite,
      nodeSeed: daemonSuite.signature.generateSeed(),
      clock: systemClock,
      scheduler: systemScheduler,
      random: nodeRandom,
      log: createRecordingLog(),
      metrics,
    },
    { listen: ['/ip4/127.0.0.1/tcp/0/ws'], ...options },
  );
}

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Clock, Metrics, Random, Scheduler } from '@pars/base';
import {
  createMemoryBlobStore,
  createMemoryStore,
  createRecordingLog,
  createSimulationRandom,
  type RecordingLog,
} from '@pars/base/fakes';
import { createSuite, type HybridSignerKey, type Suite } from '@pars/crypto';
import {
  createLibp2pHost,
  createNodeCryptoProvider,
  type Libp2pHost,
  openNodeSqlEngine,
  systemRandom,
} from '@pars/platform-node';
import { createMemoryVaultDisk } from '@pars/vault/fakes';
import { FIRST_NETWORK } from '../carrier/first-network.ts';
import { createNodeEngine } from '../node-engine.ts';

/** Suite 1 on the native provider. */
export const benchSuite: Suite = createSuite({
  provider: createNodeCryptoProvider(),
  random: systemRandom,
});

/** Everything that a node of a bench takes, and its host on loopback TCP. */
export interface BenchNode {
  readonly host: Libp2pHost;
  readonly signer: HybridSignerKey;
  readonly suite: Suite;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: RecordingLog;
  readonly metrics: Metrics;
}

/** How much a node of a bench carries. */
export const benchCarry = { capacityBytes: 268_435_456, maxParcels: 100_000 } as const;

const metrics: Metrics = {
  count: () => undefined,
  gauge: () => undefined,
  snapshot: () => new Map(),
};

/** A node whose services' time passes `speed` times faster than its host's. */
export async function createBenchNode(speed = 1): Promise<BenchNode> {
  const nodeSeed = benchSuite.signature.generateSeed();
  const shared = { suite: benchSuite, random: systemRandom, log: createRecordingLog(), metrics };
  const host = await createLibp2pHost(
    { ...shared, clock: clockOf(1), scheduler: schedulerOf(1), nodeSeed },
    { listen: ['/ip4/127.0.0.1/tcp/0'] },
  );
  const signer = await benchSuite.signature.signerFromSeed(nodeSeed);
  return { ...shared, host, signer, clock: clockOf(speed), scheduler: schedulerOf(speed) };
}

/** A whole engine over the node, with all services of a desktop and no vault. */
export function startBenchEngine(node: BenchNode): AsyncDisposable {
  const { host, signer, ...ports } = node;
  const disk = createMemoryVaultDisk({ random: createSimulationRandom('no vault') });
  return createNodeEngine(
    {
      ...ports,
      mesh: host,
      meshService: { host, signer },
      vaultPlace: disk.open(ports),
      openSqlEngine: openNodeSqlEngine,
      store: createMemoryStore(),
      blobs: createMemoryBlobStore(),
    },
    {
      version: '0.1.0',
      carry: { network: FIRST_NETWORK, ...benchCarry },
      meshService: { role: 'desktop', offersRelay: true },
    },
  );
}

/** A relay on loopback that counts what passes both ways. */
export interface CountingRelay extends AsyncDisposable {
  readonly port: number;
  readonly bytes: () => number;
}

/** Relays to the port that a host listens on. */
export async function createCountingRelay(host: Libp2pHost): Promise<CountingRelay> {
  const target = Number(/tcp\/(\d+)/.exec(host.addresses()[0] ?? '')?.[1]);
  let bytes = 0;
  const server = createServer((dialler) => {
    const listener = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [dialler, listener],
      [listener, dialler],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
      from.on('data', (data: Uint8Array) => {
        bytes += data.length;
        to.write(data);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    port: address.port,
    bytes: () => bytes,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

function clockOf(speed: number): Clock {
  const startMs = Date.now();
  const startMonotonicMs = performance.now();
  const passed = () => speed * (performance.now() - startMonotonicMs);
  return { nowMs: () => Math.floor(startMs + passed()), monotonicMs: passed };
}

function schedulerOf(speed: number): Scheduler {
  return {
    schedule(delayMs, task) {
      const timer = setTimeout(task, delayMs / speed);
      return () => clearTimeout(timer);
    },
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const timer = setTimeout(resolve, delayMs / speed);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      }),
  };
}

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRecordingLog } from '@pars/base/fakes';
import createMulticastDns from 'multicast-dns';
import { systemRandom } from '../crypto/system-random.ts';
import { createWatchedHost, realClock } from '../links/links-fixture.ts';
import { announcement, instanceName } from './beacon-packet.ts';
import { localInterfaces } from './local-networks.ts';
import { createMdnsBeacon } from './mdns-beacon.ts';

/** Of util-linux: a process in a network of its own. */
const namespaceTool = 'unshare';
const deps = { random: systemRandom, clock: realClock, log: createRecordingLog() };
/** Not the one of other programs: tests of several people run side by side. */
const port = 40_000 + (process.pid % 20_000);
const skip = (await isHeard()) ? false : 'multicast is not permitted here';

describe('nodes in one network', { skip }, () => {
  test('find each other over multicast, are linked, and say goodbye', async () => {
    const stopping = new AbortController();
    const hosts = [
      await createWatchedHost({ listen: ['/ip4/0.0.0.0/tcp/0'] }),
      await createWatchedHost({ listen: ['/ip4/0.0.0.0/tcp/0'] }),
    ] as const;
    const heard = listenForGoodbye();
    const linked = hosts.map(
      (host) => new Promise<void>((resolve) => host.onLink(() => resolve())),
    );
    for (const host of hosts) {
      const started = await createMdnsBeacon(deps, { port }).start(
        {
          addresses: () => host.addresses(),
          onFound: (addresses) => {
            assert.ok(addresses.every((address) => !address.includes('/127.')));
            for (const address of addresses) void host.dial(address);
          },
        },
        stopping.signal,
      );
      assert.equal(started.ok, true);
    }
    await Promise.all(linked);
    assert.equal(hosts[0].peers()[0]?.nodeId, hosts[1].nodeId);
    stopping.abort();
    await heard;
    for (const host of hosts) await host.stop();
  });

  test('are not impressed by garbage, by floods of names, or by packets from elsewhere', async () => {
    const stopping = new AbortController();
    const countByTime = new Map<number, number>();
    let time = 0;
    const clock = { nowMs: () => time, monotonicMs: () => time };
    const real = `/ip4/10.1.2.3/tcp/4001#${'a'.repeat(52)}`;
    const last = new Promise<void>((resolve) => {
      void createMdnsBeacon({ ...deps, clock }, { port }).start(
        {
          addresses: () => [],
          onFound: (addresses) => {
            assert.ok(addresses.length <= 8);
            assert.ok(addresses.every((address) => !address.includes('/8.8.8.8/')));
            countByTime.set(time, (countByTime.get(time) ?? 0) + 1);
            if (addresses.includes(real)) resolve();
          },
        },
        stopping.signal,
      );
    });
    const where = localInterfaces()[0]?.address ?? '';
    const mdns = createMulticastDns({ port, interface: where, bind: '0.0.0.0' });
    await new Promise((resolve) => mdns.once('ready', () => resolve(undefined)));
    const raw = createSocket('udp4');
    for (let at = 0; at < 50; at += 1) raw.send(systemRandom.bytes(200), port, where);
    for (let at = 0; at < 200; at += 1) {
      const name = instanceName(systemRandom.bytes(8));
      const address = `/ip4/10.9.${at}.1/tcp/1#${'b'.repeat(51)}a`;
      const elsewhere = `/ip4/8.8.8.8/tcp/25#${'b'.repeat(51)}a`;
      const addresses = Array.from({ length: 20 }, (_, nth) =>
        nth % 2 === 0 ? elsewhere : address,
      );
      mdns.respond({ answers: [...announcement(name, addresses, 120)] as never[] });
    }
    // The right form from a wrong port: a program that is no responder.
    await new Promise((resolve) => setImmediate(resolve));
    const say = setInterval(() => {
      time += 2_000;
      mdns.respond({
        answers: [...announcement(instanceName(systemRandom.bytes(8)), [real], 120)] as never[],
      });
    }, 50);
    await last;
    clearInterval(say);
    raw.close();
    mdns.destroy();
    stopping.abort();
    // However many come: 16 a second.
    assert.ok(Math.max(...countByTime.values()) <= 16);
  });
});

describe('without internet and without DNS', () => {
  test('two nodes of one machine are linked', { skip: namespaceSkip('type bridge') }, async () => {
    await runInNamespace(`
      ip link add br0 type bridge
      ip addr add 10.99.0.1/24 dev br0
      ip link set br0 up
      "$NODE" --conditions=pars-source "$FIXTURE" 40 & other=$!
      "$NODE" --conditions=pars-source "$FIXTURE" 40
      wait $other
    `);
  });

  test('two machines are linked', {
    skip: namespaceSkip('type veth peer name pars1'),
  }, async () => {
    await runInNamespace(`
      ip link add v0 type veth peer name v1
      unshare -n "$NODE" --conditions=pars-source "$FIXTURE" 40 & inner=$!
      sleep 0.3
      ip link set v1 netns $inner
      nsenter -t $inner -n ip addr add 10.99.0.2/24 dev v1
      nsenter -t $inner -n ip link set v1 up
      ip addr add 10.99.0.1/24 dev v0
      ip link set v0 up
      "$NODE" --conditions=pars-source "$FIXTURE" 40
      wait $inner
    `);
  });
});

/** Runs a shell script in a network of its own; two processes have to say that they are linked. */
async function runInNamespace(script: string): Promise<void> {
  const env = {
    ...process.env,
    NODE: process.execPath,
    FIXTURE: fileURLToPath(new URL('./beacon-process-fixture.ts', import.meta.url)),
  };
  const child = spawn(namespaceTool, ['-n', 'sh', '-ec', `ip link set lo up\n${script}`], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 0, output);
  assert.equal(output.match(/^linked \d+$/gm)?.length, 2, output);
}

/** Whether a packet of the own group comes back. */
function isHeard(): Promise<boolean> {
  return new Promise((resolve) => {
    const where = localInterfaces()[0]?.address;
    const mdns = createMulticastDns({ port: port + 1, interface: where, bind: '0.0.0.0' });
    const end = (is: boolean) => {
      clearTimeout(timer);
      mdns.destroy();
      resolve(is);
    };
    const timer = setTimeout(() => end(false), 2_000);
    mdns.on('error', () => end(false));
    mdns.on('warning', () => undefined);
    mdns.on('query', () => end(true));
    mdns.once('ready', () => mdns.query('pars-test.local', 'A'));
  });
}

/** Resolves when somebody takes an announcement back. */
function listenForGoodbye(): Promise<void> {
  const mdns = createMulticastDns({
    port,
    interface: localInterfaces()[0]?.address,
    bind: '0.0.0.0',
  });
  return new Promise((resolve) => {
    mdns.on('response', ({ answers }) => {
      if (answers?.some((record) => record.type === 'TXT' && record.ttl === 0) !== true) return;
      mdns.destroy();
      resolve();
    });
  });
}

function namespaceSkip(link: string): string | false {
  const tried = spawnSync(namespaceTool, ['-n', 'sh', '-c', `ip link add pars0 ${link}`]);
  return tried.status === 0
    ? false
    : `a network namespace with a link of ${link} is not permitted here`;
}

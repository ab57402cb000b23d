import { createWatchedHost, realScheduler, type WatchedHost } from './links-fixture.ts';

/**
 * A process with fifty nodes over loopback TCP, each linked with four others,
 * that says what it uses while nothing happens: `rss=… empty=… cpu=…`, in MB
 * and in percent of a core. For a bench.
 */
const nodeCount = 50;
const idleMs = 45_000;

const megabyte = 1_000_000;
globalThis.gc?.();
const empty = process.memoryUsage.rss() / megabyte;

const hosts: WatchedHost[] = [];
for (let index = 0; index < nodeCount; index += 1) {
  hosts.push(await createWatchedHost({ listen: ['/ip4/127.0.0.1/tcp/0'] }));
}
for (const [index, host] of hosts.entries()) {
  for (const step of [1, 2]) {
    const other = hosts[(index + step) % nodeCount];
    const dialled = await host.dial(other?.addresses()[0] ?? '');
    if (!dialled.ok) throw new Error(dialled.error.code);
  }
}
while (hosts.some((host) => host.peers().length !== 4)) await realScheduler.sleep(10);
await realScheduler.sleep(1_000);
globalThis.gc?.();
await realScheduler.sleep(4_000);

const before = process.cpuUsage();
await realScheduler.sleep(idleMs);
const used = process.cpuUsage(before);
const cpu = ((used.user + used.system) / 1_000 / idleMs) * 100;
const rss = process.memoryUsage.rss() / megabyte;
process.stdout.write(`rss=${rss.toFixed(1)} empty=${empty.toFixed(1)} cpu=${cpu.toFixed(2)}\n`);
process.exit(0);

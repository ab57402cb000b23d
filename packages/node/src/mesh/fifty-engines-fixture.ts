import { setTimeout as sleep } from 'node:timers/promises';
import { unwrap } from '@pars/base';
import { type BenchNode, createBenchNode, startBenchEngine } from './bench-nodes-fixture.ts';

/**
 * A process with whole engines over real hosts, without a vault, each linked
 * with four others, that says what it uses while nothing happens:
 * `rss=… empty=… cpu=… links=…`, in MB and in percent of a core. For a bench.
 */
const engineCount = 50;
const settleMs = 20_000;
const idleMs = 60_000;
const megabyte = 1_000_000;

globalThis.gc?.();
const empty = process.memoryUsage.rss() / megabyte;
const nodes: BenchNode[] = [];
for (let index = 0; index < engineCount; index += 1) {
  const node = await createBenchNode();
  startBenchEngine(node);
  nodes.push(node);
}
for (const [index, { host }] of nodes.entries()) {
  for (const step of [1, 2]) {
    unwrap(await host.dial(nodes[(index + step) % engineCount]?.host.addresses()[0] ?? ''));
  }
}
await sleep(settleMs);
globalThis.gc?.();
await sleep(2_000);
const before = process.cpuUsage();
await sleep(idleMs);
const used = process.cpuUsage(before);
const cpu = ((used.user + used.system) / 1_000 / idleMs) * 100;
const rss = process.memoryUsage.rss() / megabyte;
const links = nodes.reduce((sum, { host }) => sum + host.peers().length, 0) / engineCount;
process.stdout.write(
  `rss=${rss.toFixed(1)} empty=${empty.toFixed(1)} cpu=${cpu.toFixed(2)} links=${links.toFixed(1)}\n`,
);
process.exit(0);

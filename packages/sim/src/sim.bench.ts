import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createKernel } from './kernel/index.ts';
import { runEpidemic } from './spreading/epidemic-scenario.ts';

/** How many events a second of processor time the simulator handles, alone and with protocol code. */
export const benchmarks: readonly Benchmark[] = [{ name: 'sim/events', run: measureEvents }];

async function measureEvents(): Promise<readonly BenchRow[]> {
  const alone = await measureKernel();
  const options = { seed: 'bench', nodes: 1_000, parcels: 12 };
  const first = await runEpidemic(options);
  const second = await runEpidemic(options);
  const rate = Math.max(...[first, second].map(({ events, cpuMs }) => (1_000 * events) / cpuMs));
  return [
    {
      name: 'sim/events/kernel-1000-nodes',
      value: alone,
      unit: 'events/s',
      target: { of: 'value', atLeast: 200_000 },
    },
    { name: 'sim/events/spreading-1000-nodes', value: rate, unit: 'events/s' },
    {
      name: 'sim/fingerprints-of-one-seed',
      value: new Set([first.fingerprint, second.fingerprint]).size,
      unit: 'fingerprints',
      target: { of: 'value', atMost: 1 },
    },
  ];
}

/** A thousand nodes that pass on whatever they get to somebody else. */
async function measureKernel(): Promise<number> {
  const nodes = 1_000;
  const link = { name: 'far', medianMs: 50, p95Ms: 150, loss: 0.01 };
  const kernel = createKernel({ seed: 'bench', linkBetween: () => link });
  const message = new Uint8Array(1_024);
  for (let node = 0; node < nodes; node += 1) {
    kernel.addNode({
      isStarted: false,
      create() {
        let pass = (): void => undefined;
        return {
          start(context) {
            pass = () => {
              const other = context.random.uint32() >>> 8;
              context.send((context.self + 1 + (other % (nodes - 1))) % nodes, message);
            };
            for (let count = 0; count < 8; count += 1) pass();
          },
          receive: () => pass(),
          wake: () => undefined,
        };
      },
    });
  }
  for (let node = 0; node < nodes; node += 1) kernel.start(node);
  await kernel.run(500);
  const before = kernel.counters.events;
  const cpu = process.cpuUsage();
  await kernel.run(3_000);
  const used = process.cpuUsage(cpu);
  return (1e6 * (kernel.counters.events - before)) / (used.user + used.system);
}

import type { Benchmark, BenchRow } from '@pars/base/bench';
import { createSimulationRandom } from '@pars/base/fakes';
import { createFindWorld, type FindWorld } from './find/find-world-fixture.ts';

const nodes = 200;

/** What a search costs without the links it opens, in questions and processor time, alone and among liars. */
export const benchmarks: readonly Benchmark[] = [
  { name: 'mesh/find-honest', run: async () => measure('honest', 0) },
  { name: 'mesh/find-eclipse-20-percent', run: async () => measure('eclipse-20-percent', 0.2) },
];

function measure(name: string, hostileShare: number): readonly BenchRow[] {
  const world = createFindWorld({ seed: 'discovery bench', nodes, hostileShare });
  const searches = 100;
  world.takeAsks();
  const before = process.cpuUsage();
  const found = Array.from({ length: searches }, () => searchOnce(world));
  const { user } = process.cpuUsage(before);
  const share = found.filter(Boolean).length / searches;
  const asks = world.takeAsks() / searches;
  return [
    // A search and the 30 answers to it, all in this process.
    { name: `mesh/find-${name}/cpu`, value: user / 1_000 / searches, unit: 'ms' },
    { name: `mesh/find-${name}/asks`, value: asks, unit: '', target: { of: 'value', atMost: 60 } },
    {
      name: `mesh/find-${name}/nearest`,
      value: share,
      unit: '',
      target: { of: 'value', atLeast: 0.9 },
    },
  ];
}

/** Whether the nearest of all honest nodes was found. */
function searchOnce({ honest, nearestHonest, random, search }: FindWorld): boolean {
  const from = random.pick(honest);
  const place = createSimulationRandom(random.uint32()).bytes(32);
  const own = from.contact.fingerprint;
  const nearest = nearestHonest(place, 2).find(({ fingerprint }) => fingerprint !== own);
  return search(from, place).nodes.some(({ fingerprint }) => fingerprint === nearest?.fingerprint);
}

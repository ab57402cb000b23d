import { test } from 'node:test';
import { createFindWorld, type Malice } from './find-world-fixture.ts';
import type { LookupOptions } from './lookup.ts';

/* The figures of PIP-1005, Test Cases: PARS_FIND_NODES=1000 node --test …/find-table.test.ts */

const nodes = Number(process.env['PARS_FIND_NODES'] ?? 0);
const seed = process.env['PARS_SEED'] ?? 'table';
const rows: readonly (readonly [share: number, malice: Malice, networks?: number])[] = [
  [0, 'eclipse'],
  [0.2, 'eclipse'],
  [0.4, 'eclipse'],
  [0.2, 'dead-ends'],
  [0.4, 'dead-ends'],
  [0.4, 'silent'],
  [0.4, 'eclipse', 8],
];
const ways: readonly LookupOptions[] = [{ paths: 2, maxPaths: 2 }, {}];
const only = (process.env['PARS_FIND_ROWS'] ?? '').split(',').filter((row) => row !== '');

test('searches among hostile nodes', {
  skip: nodes === 0 && 'set PARS_FIND_NODES to measure',
}, () => {
  const table: object[] = [];
  for (const [at, [hostileShare, malice, hostileNetworks]] of rows.entries()) {
    if (only.length > 0 && !only.includes(String(at))) continue;
    const more = hostileNetworks === undefined ? {} : { hostileNetworks };
    const world = createFindWorld({ seed, nodes, hostileShare, malice, ...more });
    const joining = Math.round(world.takeAsks() / nodes);
    for (const way of ways) {
      const searches = 300;
      const sums = { nearest: 0, three: 0, ten: 0, honest: 0, failed: 0, thin: 0, crowded: 0 };
      for (let search = 0; search < searches; search += 1) {
        const place = world.random.bytes(32);
        const from = world.random.pick(world.honest);
        const result = world.search(from, place, way);
        const found = new Set(result.nodes.map(({ fingerprint }) => fingerprint));
        const truth = world
          .nearestHonest(place, 11)
          .map(({ fingerprint }) => fingerprint)
          .filter((fingerprint) => fingerprint !== from.contact.fingerprint)
          .slice(0, 10);
        const hits = truth.map((fingerprint) => (found.has(fingerprint) ? 1 : 0));
        sums.nearest += hits[0] ?? 0;
        sums.three += hits.slice(0, 3).includes(0) ? 0 : 1;
        sums.ten += hits.reduce<number>((sum, hit) => sum + hit, 0) / 10;
        // A parcel of normal priority has three keepers: is one of those chosen honest?
        const bad = new Set(world.hostile.map(({ contact }) => contact.fingerprint));
        if (result.nodes.slice(0, 3).some(({ fingerprint }) => !bad.has(fingerprint)))
          sums.honest += 1;
        sums.failed += result.failed;
        sums.thin += result.isThin ? 1 : 0;
        sums.crowded += result.isCrowded ? 1 : 0;
      }
      const asks = world.takeAsks() / searches;
      const mean = Object.fromEntries(
        Object.entries(sums).map(([name, sum]) => [name, Number((sum / searches).toFixed(3))]),
      );
      const row = {
        hostileShare,
        malice,
        ...more,
        paths: way.paths ?? '3 to 12',
        ...mean,
        asks: Number(asks.toFixed(1)),
        joining,
      };
      table.push(row);
      // One row after the other: a run of all takes minutes.
      console.log(JSON.stringify(row));
    }
  }
  console.table(table);
});

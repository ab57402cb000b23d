import type { SimulationRandom } from '@pars/base/fakes';

/** Whom each node has links to, by index. */
export type Topology = readonly (readonly number[])[];

/**
 * A connected random network in which every node has about `degree` links, and
 * at most one more: a ring, and random links between those that have too few.
 */
export function createRandomTopology(
  random: SimulationRandom,
  nodes: number,
  degree: number,
): Topology {
  const links: number[][] = Array.from({ length: nodes }, () => []);
  const connect = (one: number, other: number): void => {
    if (one === other || links[one]?.includes(other)) return;
    links[one]?.push(other);
    links[other]?.push(one);
  };
  for (let node = 0; node < nodes; node += 1) connect(node, (node + 1) % nodes);
  for (let node = 0; node < nodes; node += 1) {
    for (let tries = 0; (links[node]?.length ?? 0) < degree && tries < 100; tries += 1) {
      const other = random.below(nodes);
      if ((links[other]?.length ?? 0) <= degree) connect(node, other);
    }
  }
  return links;
}

import { createSimulationRandom, type SimulationRandom } from '@pars/base/fakes';
import type { Endpoint } from '../address/index.ts';
import { createLookup, type LookupOptions, type LookupResult } from './lookup.ts';
import { contactFromPlace, type NodeContact } from './node-contact.ts';
import { compareDistance, distanceShare, placeInBucket } from './place.ts';
import { createRoutingTable, type RoutingTable } from './routing-table.ts';
import { createSizeEstimate } from './size-estimate.ts';

/** What hostile nodes answer. All of them know each other, and answer every probe. */
export type Malice =
  /** The hostile nodes that are nearest to the place. */
  | 'eclipse'
  /** Nodes that do not exist, nearer than any other could be. */
  | 'dead-ends'
  /** Nothing. */
  | 'silent';

/** A network of nodes that search, in one process: no links, no time, real tables and real searches. */
export interface FindWorld {
  readonly random: SimulationRandom;
  readonly honest: readonly WorldNode[];
  readonly hostile: readonly WorldNode[];
  /** Questions that were asked since the last call. */
  takeAsks(): number;
  search(from: WorldNode, place: Uint8Array, options?: LookupOptions): LookupResult;
  /** The `count` honest nodes that really are nearest. */
  nearestHonest(place: Uint8Array, count: number): readonly NodeContact[];
}

/** A node of a world. */
export interface WorldNode {
  readonly contact: NodeContact;
  readonly table: RoutingTable;
  readonly malice: Malice | undefined;
  readonly size: ReturnType<typeof createSizeEstimate>;
}

/** How a world is made. */
export interface FindWorldOptions {
  readonly seed: string;
  readonly nodes: number;
  /** 0 to 1. */
  readonly hostileShare: number;
  readonly malice?: Malice;
  /** The /16 networks in which nodes lie. Default 400. */
  readonly networks?: number;
  /** The networks in which the hostile ones lie; by default those of everybody. */
  readonly hostileNetworks?: number;
  readonly lookup?: LookupOptions;
}

/** Nodes join one after another through 5 others, as in a real network: hostile ones are there from the start. */
export function createFindWorld(options: FindWorldOptions): FindWorld {
  const { hostileShare, malice = 'eclipse', networks = 400, nodes } = options;
  const random = createSimulationRandom(options.seed);
  const nodeByName = new Map<string, WorldNode>();
  const hostile: WorldNode[] = [];
  const honest: WorldNode[] = [];
  let asks = 0;

  function endpoint(isHostile: boolean): Endpoint {
    const among = isHostile ? (options.hostileNetworks ?? networks) : networks;
    const network = random.below(among);
    // 16.0.0.0 to 99.255.0.0 are public.
    const ip = Uint8Array.of(
      16 + (network % 84),
      Math.floor(network / 84),
      random.below(256),
      random.below(256),
    );
    return { transport: 'tcp', ip, port: 4_001 };
  }

  function createNode(isHostile: boolean): WorldNode {
    const contact = contactFromPlace(random.bytes(32), [endpoint(isHostile)]);
    const table = createRoutingTable(contact.place);
    const node = {
      contact,
      table,
      malice: isHostile ? malice : undefined,
      size: createSizeEstimate(),
    };
    nodeByName.set(contact.fingerprint, node);
    (isHostile ? hostile : honest).push(node);
    return node;
  }

  /** What the node says, and what it learns of who asked. */
  function ask(
    from: WorldNode,
    to: NodeContact,
    place: Uint8Array,
  ): readonly NodeContact[] | undefined {
    asks += 1;
    const node = nodeByName.get(to.fingerprint);
    if (node === undefined || node.malice === 'silent') return undefined;
    node.table.prove(from.contact, 0);
    if (node.malice === 'eclipse') return nearest(hostile, place, 20);
    if (node.malice === 'dead-ends') {
      return Array.from({ length: 20 }, () => {
        const invented = placeInBucket(place, 30 + random.below(20), random.bytes(32));
        return contactFromPlace(invented, [endpoint(false)]);
      });
    }
    return node.table.closest(place, 20);
  }

  function search(from: WorldNode, place: Uint8Array, more: LookupOptions = {}): LookupResult {
    const seeds = from.table.closest(place, 60);
    const networkSize = from.size.value();
    const known = networkSize === undefined ? {} : { networkSize };
    const lookup = createLookup(from.contact.fingerprint, place, seeds, {
      ...known,
      ...options.lookup,
      ...more,
    });
    let step = lookup.start();
    const queue = [...step.asks];
    while (step.found === undefined) {
      const next = queue.shift();
      if (next === undefined) throw new Error('a search that neither asks nor ends');
      const contacts = ask(from, next, place);
      if (contacts === undefined) {
        from.table.fail(next.fingerprint);
        step = lookup.failed(next.fingerprint);
      } else {
        from.table.prove(next, 0);
        step = lookup.answered(next.fingerprint, contacts);
      }
      queue.push(...step.asks);
    }
    return step.found;
  }

  function join(node: WorldNode, others: readonly WorldNode[]): void {
    for (const other of others) {
      if (ask(node, other.contact, node.contact.place) !== undefined)
        node.table.prove(other.contact, 0);
    }
    search(node, node.contact.place, { width: 10 });
    for (let bits = 0; bits <= Math.min(node.table.depth(), 12); bits += 1) refresh(node, bits);
  }

  function refresh(node: WorldNode, bits: number): void {
    const place = placeInBucket(node.contact.place, bits, random.bytes(32));
    const { nodes: found } = search(node, place, { width: 10 });
    const last = found[9];
    if (last !== undefined) node.size.note(10, distanceShare(place, last.place));
  }

  const kinds = random.shuffle(
    Array.from({ length: nodes }, (_, at) => at < Math.round(hostileShare * nodes)),
  );
  const joined: WorldNode[] = [];
  for (const isHostile of kinds) {
    const node = createNode(isHostile);
    const through = Array.from({ length: Math.min(5, joined.length) }, () => random.pick(joined));
    joined.push(node);
    if (!isHostile) join(node, through);
    // A hostile node makes itself known; what it knows it knows from its accomplices.
    else
      for (const other of random.shuffle(joined).slice(0, 60)) other.table.prove(node.contact, 0);
  }
  // What early nodes learnt is of a small network; running ones search again and again.
  for (let round = 0; round < 3; round += 1) {
    for (const node of random.shuffle(honest)) {
      search(node, node.contact.place, { width: 10 });
      refresh(node, round);
    }
  }

  return {
    random,
    honest,
    hostile,
    takeAsks() {
      const taken = asks;
      asks = 0;
      return taken;
    },
    search,
    nearestHonest: (place, count) => nearest(honest, place, count),
  };
}

function nearest(
  nodes: readonly WorldNode[],
  place: Uint8Array,
  count: number,
): readonly NodeContact[] {
  const best: NodeContact[] = [];
  for (const { contact } of nodes) {
    let at = best.length;
    while (at > 0 && compareDistance(place, contact.place, best[at - 1]?.place ?? place) < 0)
      at -= 1;
    if (at >= count) continue;
    best.splice(at, 0, contact);
    if (best.length > count) best.pop();
  }
  return best;
}

import { type ByteStream, ok, ParsError, unwrap } from '@pars/base';
import { createStreamPair } from '@pars/base/fakes';
import {
  createStreamHost,
  type LinkAdopter,
  type MeshHost,
  type StreamHost,
  type StreamHostDeps,
} from '@pars/mesh';
import { FIRST_NETWORK, type MeshServiceOptions } from '@pars/node';
import type { NodePart, SimulatedNode, World } from './world.ts';
import { createTestWorld } from './world-fixture.ts';

/** One stream that a node opened, as whoever watches its wire sees it. */
export interface WireLine {
  /** Milliseconds since the world began. */
  readonly atMs: number;
  readonly protocol: string;
  /** Name of the node at the other end. */
  readonly to: string;
  written: number;
  read: number;
}

/** People and keepers with public addresses, each a whole engine. */
export interface Town {
  readonly world: World;
  readonly keepers: readonly SimulatedNode[];
  /** Two friends who met, whose nodes know keepers and nothing was left to be brought. */
  readonly ana: SimulatedNode;
  readonly bob: SimulatedNode;
  /** Streams that the node opened, in all its processes. */
  wireOf(node: SimulatedNode): readonly WireLine[];
  /** Names of the nodes that this one was ever linked with since `atMs`. */
  linkedSince(node: SimulatedNode, atMs: number): ReadonlySet<string>;
  /** Names of keepers that prove to have what they are given, and tell visitors that they have nothing. */
  readonly liars: Set<string>;
}

/** What stands in a town. */
export interface TownOptions {
  readonly keepers?: number;
  readonly roleOfAna?: MeshServiceOptions['role'];
  readonly roleOfBob?: MeshServiceOptions['role'];
  /** Makes Bob's vault, locked; one with all volumes for example. */
  readonly prepareBob?: (bob: SimulatedNode) => Promise<void>;
}

/** A town that has been up for some minutes: whoever keeps is known to whoever asks. */
export async function createTown(seed: string, options: TownOptions = {}): Promise<Town> {
  const { keepers: keeperCount = 6, roleOfAna = 'desktop', roleOfBob = 'desktop' } = options;
  const hostByRoute = new Map<string, StreamHost>();
  const nameByNodeId = new Map<string, string>();
  const wireByName = new Map<string, WireLine[]>();
  const links: { readonly from: string; readonly to: string; readonly atMs: number }[] = [];
  const liars = new Set<string>();
  let placeCount = 0;

  function partOf(name: string): NodePart {
    placeCount += 1;
    const ip = `/ip4/1.${placeCount}.7.7`;
    const route = `${ip}/tcp/4001`;
    const role = name === 'ana' ? roleOfAna : name === 'bob' ? roleOfBob : 'desktop';
    return {
      carry: { network: FIRST_NETWORK, capacityBytes: 64 * 1_024 * 1_024, maxParcels: 10_000 },
      meshService: { role, offersRelay: false },
      createHost: (deps) => createPublicHost(deps, name, route, `${ip}/tcp/50000`),
    };
  }

  async function createPublicHost(
    deps: StreamHostDeps,
    name: string,
    route: string,
    seenAs: string,
  ): Promise<MeshHost & LinkAdopter> {
    const dialer = {
      canDial: (wanted: string) => wanted.startsWith('/ip4/'),
      async dial(wanted: string): Promise<ByteStream> {
        const remote = hostByRoute.get(wanted);
        if (remote === undefined) throw new ParsError('mesh/unreachable');
        const [near, far] = createStreamPair();
        void remote.adopt(far, { direction: 'inbound', address: seenAs });
        return near;
      },
    };
    const host = await createStreamHost(deps, { dialers: [dialer], routes: () => [route] });
    hostByRoute.set(route, host);
    nameByNodeId.set(host.nodeId, name);
    host.onLink(({ peer, type }) => {
      const to = nameByNodeId.get(peer.nodeId) ?? 'stranger';
      if (type === 'up') links.push({ from: name, to, atMs: deps.clock.monotonicMs() });
    });
    return {
      ...watched(host, name, deps),
      handle: (protocol, handler) =>
        host.handle(protocol, (stream, peer) =>
          handler(protocol === KEEPER_PROTOCOL ? lying(stream, name) : stream, peer),
        ),
      async [Symbol.asyncDispose]() {
        hostByRoute.delete(route);
        await host[Symbol.asyncDispose]();
      },
    };
  }

  /** The same host; every stream that it opens is noted. */
  function watched(host: StreamHost, name: string, { clock }: StreamHostDeps): StreamHost {
    const wire = wireByName.get(name) ?? [];
    wireByName.set(name, wire);
    return {
      ...host,
      async openStream(nodeId, protocol, signal) {
        const to = nameByNodeId.get(nodeId) ?? 'stranger';
        const line = { atMs: clock.monotonicMs(), protocol, to, written: 0, read: 0 };
        wire.push(line);
        const opened = await host.openStream(nodeId, protocol, signal);
        return opened.ok ? ok(counted(opened.value, line)) : opened;
      },
    };
  }

  function lying(stream: ByteStream, name: string): ByteStream {
    return {
      ...stream,
      async write(bytes) {
        if (liars.has(name) && bytes.length > SHORTEST_VISITED) emptyListing(bytes);
        await stream.write(bytes);
      },
      closeWrite: () => stream.closeWrite(),
      abort: () => stream.abort(),
      [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
    };
  }

  const world = createTestWorld(seed, { partOf, vaultWindows: 64 });
  const { during, time } = world;
  const keepers: SimulatedNode[] = [];
  for (let at = 0; at < keeperCount; at += 1) {
    keepers.push(await world.createNode(`keeper-${at}`));
  }
  const [first] = keepers;
  if (first === undefined) throw new Error('a town without keepers');
  const { signal } = new AbortController();
  async function join(node: SimulatedNode): Promise<void> {
    const address = first?.address ?? '';
    unwrap(await during(node.engine.methods['mesh.dial']({ address }, { signal })));
  }
  for (const keeper of keepers.slice(1)) await join(keeper);
  await time.advance(5 * MINUTE_MS);

  const ana = await world.createNode('ana');
  const bob = await world.createNode('bob');
  for (const person of [ana, bob]) await join(person);
  await ana.create();
  await options.prepareBob?.(bob);
  await bob.create();
  unwrap(await during(bob.add(await ana.invite())));
  await time.advance(5 * MINUTE_MS);

  return {
    world,
    keepers,
    ana,
    bob,
    liars,
    wireOf: ({ name }) => wireByName.get(name) ?? [],
    linkedSince: ({ name }, atMs) =>
      new Set(links.filter((link) => link.from === name && link.atMs >= atMs).map(({ to }) => to)),
  };
}

/** The same stream; its bytes are counted. */
function counted(stream: ByteStream, line: WireLine): ByteStream {
  async function* read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream.source) {
      line.read += chunk.length;
      yield chunk;
    }
  }
  return {
    source: read(),
    async write(bytes) {
      line.written += bytes.length;
      await stream.write(bytes);
    },
    closeWrite: () => stream.closeWrite(),
    abort: () => stream.abort(),
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}

/** An answer to a visit that lists nothing and gives nothing, in the right form (PIP-1006 §5). */
function emptyListing(frame: Uint8Array): void {
  const pieces = frame.slice(13, 16);
  frame.fill(0, 7);
  frame.set(pieces, 13);
}

const MINUTE_MS = 60_000;
/** The protocol of keepers (PIP-1006 §5). */
export const KEEPER_PROTOCOL = '/pars/keeper/1';
/** No other answer is as long. */
const SHORTEST_VISITED = 40_000;

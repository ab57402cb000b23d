import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BlobStore,
  createMemoryMetrics,
  err,
  type Failure,
  ok,
  type Result,
  unwrap,
} from '@pars/base';
import {
  createMemoryBlobStore,
  createRecordingLog,
  createSimulationRandom,
  createStreamPair,
  createVirtualTime,
  type VirtualTime,
} from '@pars/base/fakes';
import {
  createJavaScriptProvider,
  createSuite,
  type HybridSignerKey,
  type SigningSeed,
  type Suite,
} from '@pars/crypto';
import {
  keyFingerprint,
  type LanBeacon,
  type LinkPeer,
  linkAddressFromText,
  linkAddressToText,
  type MeshHost,
} from '@pars/mesh';
import { createMemoryMeshNetwork } from '@pars/mesh/fakes';
import { type Discovery, type DiscoveryOptions, startDiscovery } from './discovery.ts';

/** A node with discovery alone, in a world in memory whose hosts have IP addresses. */
export interface FoundNode {
  readonly mesh: MeshHost;
  readonly discovery: Discovery;
  readonly fingerprint: string;
  readonly blobs: BlobStore;
  /** `route#fingerprint`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Nodes in one process. */
export interface FindingWorld {
  readonly suite: Suite;
  readonly time: VirtualTime;
  /** Node ids of hosts that are gone without a word: their links stay, and nothing comes over them. */
  readonly frozen: Set<string>;
  /** Every address that any host was asked to dial. */
  readonly dials: string[];
  /** Somebody in the local network says so; hosts at 10.66.0.0/16 let every dial wait. */
  shout(addresses: readonly string[]): void;
  createNode(
    name: string,
    route: string,
    options?: Partial<DiscoveryOptions> & { readonly isOnLan?: boolean },
    blobs?: BlobStore,
    nodeSeed?: SigningSeed,
  ): Promise<FoundNode>;
}

/** An empty world: real links and frames, virtual time, one local network. */
export function createFindingWorld(seed: string): FindingWorld {
  const random = createSimulationRandom(seed);
  const suite = createSuite({ provider: createJavaScriptProvider({ random }), random });
  const time = createVirtualTime({
    settle: async () => {
      for (let turn = 0; turn < 4; turn += 1) await nextTurn();
    },
  });
  const network = createMemoryMeshNetwork();
  /** Which host listens at an IP route. */
  const hostByRoute = new Map<string, string>();
  const ipByName = new Map<string, string>();
  const onLan = new Set<(addresses: readonly string[]) => void>();
  const announced = new Map<(addresses: readonly string[]) => void, () => readonly string[]>();
  const dials: string[] = [];
  const frozen = new Set<string>();

  function beacon(): LanBeacon {
    return {
      async start({ addresses, onFound }, signal) {
        for (const other of onLan) {
          other(addresses());
          onFound(announced.get(other)?.() ?? []);
        }
        onLan.add(onFound);
        announced.set(onFound, addresses);
        signal.addEventListener('abort', () => onLan.delete(onFound));
        return ok(undefined);
      },
      refresh: () => undefined,
    };
  }

  /** The same host, with IP routes in the place of names in memory. */
  function withRoutes(host: MeshHost, route: string, name: string): MeshHost {
    hostByRoute.set(route, name);
    ipByName.set(`/memory/${name}`, route);
    /** As hosts over libp2p tell it: with the id of the node at the end. */
    const seen = (peer: LinkPeer): LinkPeer => ({
      ...peer,
      address: `${ipByName.get(peer.address) ?? peer.address}/p2p/${peer.nodeId}`,
    });
    return {
      ...host,
      nodeId: host.nodeId,
      addresses: () =>
        host.addresses().map((text) => {
          const address = unwrap(linkAddressFromText(text));
          return linkAddressToText({ ...address, route });
        }),
      async dial(text, signal) {
        dials.push(text);
        const address = linkAddressFromText(text);
        if (!address.ok) return address;
        if (address.value.route.startsWith('/ip4/10.66.')) return untilAborted(signal);
        const target = hostByRoute.get(address.value.route) ?? 'nobody';
        const dialled = await host.dial(
          linkAddressToText({ ...address.value, route: `/memory/${target}` }),
          signal,
        );
        return dialled.ok ? ok(seen(dialled.value)) : dialled;
      },
      peers: () => host.peers().map(seen),
      onLink: (listener) =>
        host.onLink((change) => listener({ ...change, peer: seen(change.peer) })),
      drop: (nodeId) => host.drop(nodeId),
      async openStream(nodeId, protocol, until) {
        if (!frozen.has(nodeId)) return host.openStream(nodeId, protocol, until);
        const [near] = createStreamPair();
        return ok(near);
      },
      handle: (protocol, handler) =>
        host.handle(protocol, (stream, peer) => handler(stream, seen(peer))),
      [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
    };
  }

  async function createNode(
    name: string,
    route: string,
    options: Partial<DiscoveryOptions> & { readonly isOnLan?: boolean } = {},
    blobs: BlobStore = createMemoryBlobStore(),
    nodeSeed = suite.signature.generateSeed(),
  ): Promise<FoundNode> {
    const { isOnLan = false, ...rest } = options;
    const ports = { clock: time.clock, scheduler: time.scheduler, random, suite };
    const host = await network.createHost({ ...ports, nodeSeed }, { name });
    const mesh = withRoutes(host, route, name);
    const signer: HybridSignerKey = await suite.signature.signerFromSeed(nodeSeed);
    const deps = {
      ...ports,
      mesh,
      signer,
      blobs,
      log: createRecordingLog(),
      metrics: createMemoryMetrics(),
    };
    const discovery = await startDiscovery(
      isOnLan ? { ...deps, beacon: beacon() } : deps,
      { role: 'desktop', ...rest },
      new AbortController().signal,
    );
    const fingerprint = keyFingerprint(suite.symmetric, signer.publicKey.bytes);
    return {
      mesh,
      discovery,
      fingerprint,
      blobs,
      address: `${route}#${fingerprint}`,
      async stop() {
        const ending = discovery[Symbol.asyncDispose]();
        await time.advance(10_000);
        await ending;
        await host[Symbol.asyncDispose]();
      },
    };
  }

  const shout = (addresses: readonly string[]): void => {
    for (const found of onLan) found(addresses);
  };
  return { suite, time, frozen, dials, shout, createNode };
}

function untilAborted(signal: AbortSignal | undefined): Promise<Result<never, Failure>> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(err('mesh/aborted')));
  });
}

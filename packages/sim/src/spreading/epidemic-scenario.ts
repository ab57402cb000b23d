import { createSimulationRandom } from '@pars/base/fakes';
import type { GossipClass, GossipOptions } from '@pars/mesh';
import { createKernel, type LinkProfile, sumBytes } from '../kernel/index.ts';
import { createModelledCrypto } from '../modelled-crypto.ts';
import { createGossipNode, type GossipNode, lengthBytes } from './gossip-node.ts';
import { createTampering } from './hostile-tampering.ts';
import { createLinkDelays, type DelayModel } from './link-delays.ts';
import { withModelledHash } from './modelled-hash.ts';
import { makeSimulatedParcel } from './simulated-parcel.ts';
import { createRandomTopology } from './topology.ts';

/** What is to be measured. */
export interface EpidemicOptions {
  readonly seed: string;
  readonly nodes: number;
  /** Links of a node; default 16. */
  readonly degree?: number;
  /** Parcels published one after another, each by another node; default 1. */
  readonly parcels?: number;
  /** Time between them in ms; default 2,000. */
  readonly intervalMs?: number;
  readonly loss?: number;
  readonly delays?: DelayModel;
  readonly gossipClass?: GossipClass;
  readonly gossip?: GossipOptions;
  readonly admissionMs?: number;
  /** Parcels are published at once, by different nodes, and measured together. */
  readonly isCrowd?: boolean;
  /** Share of nodes that flood, withhold, corrupt or eclipse, in equal parts; default 0. */
  readonly hostileShare?: number;
}

/** What one parcel did. */
export interface SpreadFigures {
  /** Honest nodes that have it in the end; of a crowd, pairs of node and parcel. */
  readonly reached: number;
  /** Virtual time until half and 99 % of the honest nodes had it; infinite when never. */
  readonly halfMs: number;
  readonly t99Ms: number;
  readonly allMs: number;
  /** Bytes of messages and their lengths that left nodes, by node, over the bytes of the parcel. */
  readonly payloadTimes: number;
  /** Of it in parcels: copies with their headers. */
  readonly copies: number;
  /** The same traffic in link frames (PIP-1000 §7), a frame for each message. */
  readonly frameTimes: number;
}

/** What a run did. */
export interface EpidemicFigures {
  readonly parcels: readonly SpreadFigures[];
  /** As in {@link SpreadFigures}, the mean of all parcels, until nothing is left to be told. */
  readonly payloadTimes: number;
  readonly frameTimes: number;
  readonly events: number;
  /** Reports of misbehaviour, by honest nodes about honest and about hostile ones. */
  readonly reportsOfHonest: number;
  readonly reportsOfHostile: number;
  /** Links that honest nodes closed to honest and to hostile ones. */
  readonly closedToHonest: number;
  readonly closedToHostile: number;
  /** Processor time of the whole run, its set-up left out, in ms. */
  readonly cpuMs: number;
  readonly fingerprint: string;
}

const sizeBytes = 1_024;
const setUpMs = 1_000;
/** Time in which all that is told later has been told. */
const quietMs = 15_000;

/** Publishes parcels in a random network and measures each. Links come up before, without loss. */
export async function runEpidemic(options: EpidemicOptions): Promise<EpidemicFigures> {
  const { seed, nodes, degree = 16, parcels = 1, intervalMs = 2_000, loss = 0.01 } = options;
  const { delays = 'message', gossipClass = 'emergency', hostileShare = 0 } = options;
  const hostileCount = Math.floor(hostileShare * nodes);
  // Hostile are the last ones; the topology is random.
  const honestCount = nodes - hostileCount;
  const reports = { ofHonest: 0, ofHostile: 0 };
  const closedLinks = { toHonest: 0, toHostile: 0 };
  const random = createSimulationRandom(seed);
  const symmetric = withModelledHash(createModelledCrypto(random).suite.symmetric);
  const topology = createRandomTopology(random.fork('topology'), nodes, degree);
  const linkOf = createLinkDelays(delays, { loss, overheadBytes: lengthBytes });
  const setUp: LinkProfile = { name: 'set-up', medianMs: 10, p95Ms: 10 };
  let isSetUp = false;
  const closed = new Set<number>();
  const pairOf = (one: number, other: number) =>
    Math.min(one, other) * nodes + Math.max(one, other);
  const kernel = createKernel({
    seed,
    linkBetween: (from, to) => {
      if (closed.size > 0 && closed.has(pairOf(from, to))) return undefined;
      return isSetUp ? linkOf(from, to) : setUp;
    },
  });

  let startMs = 0;
  let times: number[] = [];
  let frameBytes = 0;
  let allFrameBytes = 0;
  const gossipNodes: GossipNode[] = [];
  for (const [index, neighbours] of topology.entries()) {
    const isHostile = index >= honestCount;
    const node = createGossipNode({
      neighbours,
      symmetric,
      isIsland: true,
      ...(options.gossip === undefined ? {} : { gossip: options.gossip }),
      admissionMs: options.admissionMs ?? 0,
      ...(isHostile ? { tamper: createTampering(index, random.fork(`hostile ${index}`)) } : {}),
      onStored: (_, __, nowMs) => {
        if (!isHostile) times.push(nowMs - startMs);
      },
      onMisbehaved: (_, peer) => {
        if (isHostile) return;
        if (peer >= honestCount) reports.ofHostile += 1;
        else reports.ofHonest += 1;
      },
      // A hostile node keeps its links, whatever it thinks of the others.
      ...(isHostile
        ? {}
        : {
            onClosed: (self: number, peer: number) => {
              closed.add(pairOf(self, peer));
              if (peer >= honestCount) closedLinks.toHostile += 1;
              else closedLinks.toHonest += 1;
              gossipNodes[peer]?.linkDown(self);
            },
          }),
      onSent: (bytes) => {
        frameBytes += bytes;
        allFrameBytes += bytes;
      },
    });
    gossipNodes.push(node);
    kernel.addNode({ create: () => node, isStarted: false });
  }
  for (let index = 0; index < nodes; index += 1) kernel.start(index);
  await kernel.run(setUpMs);
  isSetUp = true;

  const makers = random.fork('makers');
  const cpu = process.cpuUsage();
  const eventsBefore = kernel.counters.events;
  const figures: SpreadFigures[] = [];
  const bytesBefore = sumBytes(kernel.counters);
  allFrameBytes = 0;
  const rounds = options.isCrowd === true ? 1 : parcels;
  const perRound = options.isCrowd === true ? parcels : 1;
  for (let place = 0; place < rounds; place += 1) {
    startMs = kernel.nowMs;
    times = [];
    frameBytes = 0;
    const before = sumBytes(kernel.counters);
    const payloadBefore = kernel.counters.bytesByTraffic[1] ?? 0;
    const isEmergency = gossipClass === 'emergency';
    for (let count = 0; count < perRound; count += 1) {
      const parcel = makeSimulatedParcel(symmetric, makers, isEmergency, sizeBytes);
      gossipNodes[makers.below(honestCount)]?.publish(gossipClass, parcel);
    }
    await kernel.run(startMs + intervalMs);
    const perNode = (bytes: number) => bytes / nodes / sizeBytes / perRound;
    const total = honestCount * perRound;
    times.sort((one, other) => one - other);
    figures.push({
      reached: times.length,
      halfMs: times[Math.ceil(0.5 * total) - 1] ?? Number.POSITIVE_INFINITY,
      t99Ms: times[Math.ceil(0.99 * total) - 1] ?? Number.POSITIVE_INFINITY,
      allMs: times[total - 1] ?? Number.POSITIVE_INFINITY,
      payloadTimes: perNode(sumBytes(kernel.counters) - before),
      copies: perNode((kernel.counters.bytesByTraffic[1] ?? 0) - payloadBefore),
      frameTimes: perNode(frameBytes),
    });
  }
  await kernel.run(kernel.nowMs + quietMs);
  const perParcel = (bytes: number) => bytes / nodes / sizeBytes / (rounds * perRound);
  const used = process.cpuUsage(cpu);
  return {
    parcels: figures,
    payloadTimes: perParcel(sumBytes(kernel.counters) - bytesBefore),
    frameTimes: perParcel(allFrameBytes),
    events: kernel.counters.events - eventsBefore,
    reportsOfHonest: reports.ofHonest,
    reportsOfHostile: reports.ofHostile,
    closedToHonest: closedLinks.toHonest,
    closedToHostile: closedLinks.toHostile,
    cpuMs: (used.user + used.system) / 1_000,
    fingerprint: kernel.fingerprint(),
  };
}

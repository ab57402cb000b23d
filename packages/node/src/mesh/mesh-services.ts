import type { MeshStatus } from '@pars/api';
import type {
  BlobStoreDep,
  ClockDep,
  LogDep,
  MetricsDep,
  RandomDep,
  SchedulerDep,
} from '@pars/base';
import type { HybridSignerKey, Suite } from '@pars/crypto';
import {
  createRtcMeetings,
  type KeeperId,
  keyFingerprint,
  type LanBeacon,
  type LinkAdopter,
  type MailboxNetwork,
  type MeshHost,
  meshErr,
  type RelayClient,
  type RelayService,
  type RtcEngine,
  startRelayClient,
  startRelayService,
} from '@pars/mesh';
import type { Carrier } from '../carrier/carrier.ts';
import { type Discovery, type DiscoveryRole, startDiscovery } from '../discovery/index.ts';
import { directoryFromDiscovery } from '../mailbox/discovery-directory.ts';
import { startKeeperService } from '../mailbox/keeper-service.ts';
import { type MailboxClient, startMailboxClient } from '../mailbox/mailbox-client.ts';
import { type GossipService, startGossipService } from '../spreading/gossip-service.ts';
import type { TaskSet } from '../task-set.ts';
import { createMeetingTable, type MeetingTable } from './meeting-table.ts';
import { relayCandidates } from './relay-candidates.ts';
import { isOnIsland } from './uplink.ts';

/** What the mesh of a node is made of, beside what the engine has. */
export interface MeshServiceDeps {
  /** The node key: of the machine, never a person's. */
  readonly signer: HybridSignerKey;
  /** The same host as the engine's, which takes in streams from elsewhere. */
  readonly host: MeshHost & LinkAdopter;
  /** Whoever announces this node in the local network; without it nobody does. */
  readonly beacon?: LanBeacon;
  /** WebRTC, for meetings by two texts; without it there are none. */
  readonly rtc?: RtcEngine;
}

/** What the creator of a node decides about its part in the mesh (PIP-4001). */
export interface MeshServiceOptions {
  readonly role: DiscoveryRole;
  /** Whether to begin with half the links and a third of the visits. */
  readonly isMetered?: boolean;
  /** Public routes of this node that it cannot see itself, e.g. a forwarded port. */
  readonly announce?: readonly string[];
  /** Addresses of nodes that may relay for this one, before those that are found. */
  readonly relays?: readonly string[];
  /** Whether nodes without an address of their own may be reached through this one. */
  readonly offersRelay: boolean;
}

/** A node's part in the mesh: found and finding, linked, relayed, spreading, keeping. */
export interface MeshServices extends AsyncDisposable {
  readonly discovery: Discovery;
  /** Without parcels there are none. */
  readonly mailbox: MailboxClient | undefined;
  /** Without WebRTC there are none. */
  readonly meetings: MeetingTable | undefined;
  status(): MeshStatus;
  setMetered(isMetered: boolean): void;
}

/** Starts everything that a node does for the mesh. Ends with the signal; disposing of it keeps what was learnt. */
export async function startMeshServices(
  deps: MeshServiceDeps &
    BlobStoreDep &
    ClockDep &
    LogDep &
    MetricsDep &
    RandomDep &
    SchedulerDep & {
      readonly suite: Suite;
      readonly tasks: TaskSet;
      readonly carried: { readonly carrier: Carrier; readonly network: MailboxNetwork } | undefined;
    },
  options: MeshServiceOptions,
  signal: AbortSignal,
): Promise<MeshServices> {
  const { carried, host, suite } = deps;
  const { role, announce = [], isMetered: isMeteredAtFirst = false } = options;
  let isMetered = isMeteredAtFirst;
  // Who pays for every byte does nothing for others beyond the local network (PIP-4001 §3).
  const isSparing = (): boolean => isMetered;
  const shared = { ...deps, mesh: host };
  // What only the owner knows is told to contacts and in the local network like what the host sees.
  const announced = host.addRoutes({
    dials: () => false,
    dial: async () => meshErr('mesh/unreachable'),
    routes: () => announce,
  });
  signal.addEventListener('abort', announced);
  const discovery = await startDiscovery(
    shared,
    { role, announce, isMetered: isMeteredAtFirst },
    signal,
  );
  const lending: RelayService | undefined = options.offersRelay
    ? startRelayService({ ...deps, isSparing }, {}, signal)
    : undefined;
  const relayed: RelayClient = startRelayClient(
    deps,
    { relays: () => relayCandidates({ ...options, host, discovery }) },
    signal,
  );
  let gossip: GossipService | undefined;
  let mailbox: MailboxClient | undefined;
  const isKeeper = carried !== undefined && role !== 'phone';
  if (carried !== undefined) {
    const { carrier, network } = carried;
    const isIsland = () => isOnIsland(host);
    gossip = startGossipService({ ...shared, carrier, isIsland }, signal);
    const directory = directoryFromDiscovery(discovery, signal);
    const ownId: KeeperId = suite.symmetric.sha3(deps.signer.publicKey.bytes);
    const mailboxDeps = { ...shared, carrier, network, directory, ownId };
    mailbox = startMailboxClient(
      mailboxDeps,
      { rate: () => (isMetered ? 'metered' : 'normal') },
      signal,
    );
    if (isKeeper) startKeeperService(mailboxDeps, { isSparing }, signal);
  }

  return {
    discovery,
    mailbox,
    meetings: meetingsOf(deps, signal),
    setMetered(is) {
      isMetered = is;
      discovery.setMetered(is);
    },
    status() {
      const { links, target, remembered, lists, lan } = discovery.status();
      const link = discovery.ownLink();
      return {
        role,
        metered: isMetered,
        island: isOnIsland(host),
        links,
        linkTarget: target,
        remembered,
        lists,
        lan,
        keeper: isKeeper && !isMetered,
        relay: {
          offers: lending !== undefined && !isMetered,
          reservations: lending?.reservationCount ?? 0,
          connections: lending?.connectionCount ?? 0,
          reachableThrough: relayed.reservations().length,
        },
        spreading: gossip?.stats().neighbours ?? 0,
        ...(link === undefined ? {} : { link }),
      };
    },
    [Symbol.asyncDispose]: () => discovery[Symbol.asyncDispose](),
  };
}

function meetingsOf(
  deps: MeshServiceDeps & ClockDep & RandomDep & SchedulerDep & { readonly suite: Suite },
  signal: AbortSignal,
): MeetingTable | undefined {
  const { host, random, rtc: engine, scheduler, signer, suite } = deps;
  if (engine === undefined) return undefined;
  const { symmetric } = suite;
  const fingerprint = keyFingerprint(symmetric, signer.publicKey.bytes);
  const meetings = createRtcMeetings({ engine, host, fingerprint, symmetric, random, scheduler });
  return createMeetingTable({ ...deps, meetings }, signal);
}

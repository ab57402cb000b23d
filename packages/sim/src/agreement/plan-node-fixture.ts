import type { Clock, Log, Metrics, Random, Scheduler } from '@pars/base';
import { createMemoryBlobStore, createMemoryStore } from '@pars/base/fakes';
import type { Suite } from '@pars/crypto';
import { type MeshHost, parcelHeaderLength, parcelIdFromHeader, parcelIds } from '@pars/mesh';
import { createCarrier, createTaskSet, startGossipService, startSyncService } from '@pars/node';
import { planNetwork } from './mesh-plan-fixture.ts';

/** What a plan looks at when it has settled. */
export interface Outcome {
  /** The ids of the parcels that each node holds, in order. */
  readonly held: readonly (readonly string[])[];
  /** Why each node leaves a neighbour alone, each reason once. */
  readonly refused: readonly (readonly string[])[];
  /** Parcels that came into a store more than once, or came and are not there. */
  readonly wrong: readonly string[];
}

/** A node of a plan: the product's carrier, sync and gossip over whatever the host is. */
export interface PlanNode {
  put(parcel: Uint8Array): Promise<void>;
  held(): Promise<readonly string[]>;
  refused(): readonly string[];
  /** Ids of all that was stored, as often as it was. */
  readonly stored: readonly string[];
}

/** What a node of a plan takes from its world. */
export interface PlanNodePorts {
  readonly suite: Suite;
  readonly mesh: MeshHost;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Called when something was stored or somebody refused. */
  readonly onChange: () => void;
}

/** Starts an honest node. */
export function startPlanNode(ports: PlanNodePorts, signal: AbortSignal): PlanNode {
  const refused = new Set<string>();
  const refuse = (code: string): void => {
    refused.add(code);
    ports.onChange();
  };
  const log: Log = {
    write(_level, event, fields) {
      if (event === 'node/neighbour-refused') refuse(String(fields?.['code']));
    },
  };
  const metrics: Metrics = {
    // One report of gossip is none yet: a neighbour may be slow once.
    count(name) {
      if (name === 'node/gossip-neighbours-refused') refuse('gossip');
    },
    gauge: () => undefined,
    snapshot: () => new Map(),
  };
  const tasks = createTaskSet(log);
  const stores = { store: createMemoryStore(), blobs: createMemoryBlobStore() };
  const bounds = { capacityBytes: 64 * 1_024 * 1_024, maxParcels: 10_000 };
  const deps = { ...ports, ...stores, log, metrics, tasks };
  const carrier = createCarrier(deps, { network: planNetwork, ...bounds });
  const stored: string[] = [];
  carrier.onStored(({ bytes }) => {
    const header = bytes.subarray(0, parcelHeaderLength);
    stored.push(parcelIds.toText(parcelIdFromHeader(ports.suite.symmetric, header)));
    ports.onChange();
  });
  const everybody = { policy: () => true, awaited: () => [], onSynced: () => undefined };
  startSyncService({ ...deps, carrier, ...everybody }, signal);
  startGossipService({ ...deps, carrier, isIsland: () => true }, signal);

  return {
    stored,
    async put(parcel) {
      const kept = await (await carrier.open()).put(parcel, undefined);
      if (!kept.ok) throw new Error(kept.error.code);
    },
    async held() {
      const entries = (await carrier.open()).entries();
      return entries.map(({ id }) => parcelIds.toText(id)).sort();
    },
    refused: () => [...refused].sort(),
  };
}

/** Starts a node that sends noise to whoever is linked, again and again, and answers nobody. */
export function startLiar(
  { mesh, scheduler }: PlanNodePorts,
  protocol: string,
  signal: AbortSignal,
): PlanNode {
  const lie = async (): Promise<void> => {
    for (const { nodeId } of mesh.peers()) {
      const stream = await mesh.openStream(nodeId, protocol, signal);
      if (!stream.ok) continue;
      // Of a message of one byte there is no such type.
      await stream.value.write(Uint8Array.of(0, 1, 99)).catch(() => undefined);
      await stream.value.closeWrite().catch(() => undefined);
    }
  };
  const again = (): void => {
    if (signal.aborted) return;
    lie().catch(() => undefined);
    scheduler.schedule(15_000, again);
  };
  again();
  return {
    stored: [],
    put: async () => undefined,
    held: async () => [],
    refused: () => [],
  };
}

/** What the nodes say now. */
export async function outcomeOf(nodes: readonly PlanNode[]): Promise<Outcome> {
  const held = await Promise.all(nodes.map((node) => node.held()));
  const refused = nodes.map((node) => node.refused());
  const wrong = nodes.flatMap((node, index) => {
    const arrivals = [...node.stored].sort();
    return arrivals.join() === (held[index] ?? []).join() ? [] : [`node ${index}`];
  });
  return { held, refused, wrong };
}

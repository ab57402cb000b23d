import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';
import { findGivingWay } from '../link/source-share.ts';
import type { NodeId } from '../mesh-host.ts';
import { createRateBudget, type RateBudget } from '../spreading/rate-budget.ts';
import type { RelayLimits } from './relay-limits.ts';

/** Who asks a relay: a linked node, and where it comes from. */
export interface RelayClientRef {
  readonly nodeId: NodeId;
  readonly source: string;
}

/** Who is relayed for whom, within the limits (PIP-1000 §9.4). Holds no stream. */
export interface RelayLedger {
  /** Codes: `mesh/relay-full`, `mesh/relay-busy`. */
  reserve(client: RelayClientRef, nowMs: number): Result<void, MeshFailure>;
  /** The node has no link any more. */
  release(nodeId: NodeId): void;
  holds(nodeId: NodeId, nowMs: number): boolean;
  /**
   * Takes a place; `onDisplaced` when another source needs it more. Codes:
   * `mesh/relay-full`, `mesh/relay-busy`, `mesh/relay-no-target`.
   */
  connect(
    dialer: RelayClientRef,
    target: NodeId,
    nowMs: number,
    onDisplaced: () => void,
  ): Result<RelayPlace, MeshFailure>;
  readonly reservationCount: number;
  readonly connectionCount: number;
}

/** The place of one relayed connection. */
export interface RelayPlace {
  /** Gives it back; once is enough. */
  end(): void;
}

/** Requests of one source: at once, and a second. */
const requestBurst = 64;
const requestsPerSecond = 2;
/** Sources whose budgets are remembered. */
const maxBudgets = 1_024;

interface Reservation {
  readonly nodeId: NodeId;
  readonly source: string;
  readonly untilMs: number;
}

interface Connection {
  readonly source: string;
  readonly dialer: NodeId;
  readonly target: NodeId;
  readonly onDisplaced: () => void;
}

/** A ledger without entries. */
export function createRelayLedger(limits: RelayLimits): RelayLedger {
  /** In order of the last request. */
  const reservationById = new Map<NodeId, Reservation>();
  const connections = new Set<Connection>();
  const budgetBySource = new Map<string, RateBudget>();

  return {
    reserve({ nodeId, source }, nowMs) {
      if (!mayAsk(source, nowMs)) return meshErr('mesh/relay-busy');
      forgetExpired(nowMs);
      const isNew = reservationById.get(nodeId)?.source !== source;
      if (
        isNew &&
        countOf(reservationById.values(), 'source', source) >= limits.maxReservationsPerSource
      ) {
        return meshErr('mesh/relay-busy');
      }
      if (!reservationById.has(nodeId) && reservationById.size >= limits.maxReservations) {
        const last = findGivingWay(reservationById.values(), source);
        if (last === undefined) return meshErr('mesh/relay-full');
        reservationById.delete(last.nodeId);
      }
      reservationById.delete(nodeId);
      const untilMs = nowMs + limits.reservationSeconds * 1_000;
      reservationById.set(nodeId, { nodeId, source, untilMs });
      return ok(undefined);
    },
    release(nodeId) {
      reservationById.delete(nodeId);
    },
    holds: (nodeId, nowMs) => (reservationById.get(nodeId)?.untilMs ?? 0) > nowMs,
    connect({ nodeId: dialer, source }, target, nowMs, onDisplaced) {
      if (!mayAsk(source, nowMs)) return meshErr('mesh/relay-busy');
      forgetExpired(nowMs);
      if (!reservationById.has(target) || target === dialer) return meshErr('mesh/relay-no-target');
      if (
        countOf(connections, 'source', source) >= limits.maxConnectionsPerSource ||
        countOf(connections, 'dialer', dialer) >= limits.maxConnectionsPerDialer ||
        countOf(connections, 'target', target) >= limits.maxConnectionsPerTarget
      ) {
        return meshErr('mesh/relay-busy');
      }
      if (connections.size >= limits.maxConnections) {
        const last = findGivingWay(connections, source);
        if (last === undefined) return meshErr('mesh/relay-full');
        connections.delete(last);
        last.onDisplaced();
      }
      const connection = { source, dialer, target, onDisplaced };
      connections.add(connection);
      return ok({ end: () => void connections.delete(connection) });
    },
    get reservationCount() {
      return reservationById.size;
    },
    get connectionCount() {
      return connections.size;
    },
  };

  function mayAsk(source: string, nowMs: number): boolean {
    const budget = budgetBySource.get(source) ?? createRateBudget(requestsPerSecond, requestBurst);
    budgetBySource.delete(source);
    budgetBySource.set(source, budget);
    const [oldest] = budgetBySource.keys();
    if (budgetBySource.size > maxBudgets && oldest !== undefined) budgetBySource.delete(oldest);
    return budget.spend(1, nowMs);
  }

  function forgetExpired(nowMs: number): void {
    for (const { nodeId, untilMs } of reservationById.values()) {
      if (untilMs <= nowMs) reservationById.delete(nodeId);
    }
  }
}

function countOf<Key extends string, T extends { readonly [K in Key]: string }>(
  entries: Iterable<T>,
  key: Key,
  value: string,
): number {
  let count = 0;
  for (const entry of entries) if (entry[key] === value) count += 1;
  return count;
}

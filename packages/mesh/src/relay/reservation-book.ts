import { type LinkAddress, linkAddressFromText } from '../link-address.ts';
import type { NodeId } from '../mesh-host.ts';
import type { RelayGrant } from './relay-message.ts';
import { isRelayed } from './relay-route.ts';

/** Which relays a node holds a reservation at, and when it asks which one again. No I/O. */
export interface ReservationBook {
  /**
   * Relays to ask now: those whose reservation grows old, and as many of
   * `candidates` (addresses, the best first) as are missing.
   */
  due(candidates: readonly string[], nowMs: number): readonly LinkAddress[];
  granted(relay: LinkAddress, relayId: NodeId, grant: RelayGrant, nowMs: number): void;
  /** It is asked again after 10 s, twice that the next time, at most 10 minutes; `jitter` 0 to 1 adds up to half. */
  failed(relay: LinkAddress, nowMs: number, jitter: number): void;
  /**
   * The link to the relay is gone, and with it what it granted. `true` when there was something.
   * A relay that takes back what it has just granted is asked again at once the first time, and
   * then like one that failed.
   */
  lost(relayId: NodeId, nowMs: number): boolean;
  holds(relayId: NodeId, nowMs: number): boolean;
  /** Relays that hold a reservation for us now. */
  held(nowMs: number): readonly { readonly route: string; readonly relayId: NodeId }[];
  /** When `due` may give something that it does not give now. */
  nextMs(nowMs: number): number;
}

const firstRetryMs = 10_000;
const lastRetryMs = 600_000;
/** Longest time between two requests, whatever a relay granted; it may have forgotten us. */
const maxRefreshMs = 900_000;
const minRefreshMs = 30_000;
/** Who held a reservation for less has given nothing. */
const worthMs = 60_000;
/** Failing relays that are remembered. */
const maxFailures = 64;

interface Held {
  readonly route: string;
  readonly relayId: NodeId;
  readonly untilMs: number;
  readonly refreshMs: number;
  /** Of the first of the grants in a row. */
  readonly sinceMs: number;
}

/** A book without entries, for `wanted` (1 to 3) reservations. */
export function createReservationBook(wanted: number): ReservationBook {
  /** By relay id. */
  const heldById = new Map<NodeId, Held>();
  /** By route, the latest last. */
  const failures = new Map<string, { readonly count: number; readonly retryMs: number }>();

  return {
    due(candidates, nowMs) {
      forgetExpired(nowMs);
      const old = [...heldById.values()].filter(({ refreshMs }) => refreshMs <= nowMs);
      const heldRoutes = new Set([...heldById.values()].map(({ route }) => route));
      const fresh = candidates
        .map((text) => linkAddressFromText(text))
        .filter((address) => address.ok)
        .map(({ value }) => value)
        .filter(({ route, nodeId }) => {
          if (isRelayed(route) || heldRoutes.has(route)) return false;
          if (nodeId !== undefined && heldById.has(nodeId)) return false;
          return (failures.get(route)?.retryMs ?? 0) <= nowMs;
        });
      return [
        ...old.map(({ route, relayId }) => ({ route, nodeId: relayId, fingerprint: undefined })),
        ...fresh.slice(0, Math.max(0, wanted - heldById.size)),
      ];
    },
    granted({ route }, relayId, { seconds }, nowMs) {
      const sinceMs = heldById.get(relayId)?.sinceMs ?? nowMs;
      if (nowMs - sinceMs >= worthMs) failures.delete(route);
      const lifeMs = seconds * 1_000;
      const refreshMs = nowMs + Math.max(minRefreshMs, Math.min(maxRefreshMs, lifeMs / 2));
      heldById.set(relayId, { route, relayId, untilMs: nowMs + lifeMs, refreshMs, sinceMs });
    },
    failed({ route }, nowMs, jitter) {
      for (const held of heldById.values()) if (held.route === route) heldById.delete(held.relayId);
      noteFailure(route, nowMs, (count) => retryAfter(count) * (1 + jitter / 2));
    },
    lost(relayId, nowMs) {
      const held = heldById.get(relayId);
      if (held === undefined) return false;
      heldById.delete(relayId);
      if (nowMs - held.sinceMs >= worthMs) failures.delete(held.route);
      else noteFailure(held.route, nowMs, (count) => (count === 1 ? 0 : retryAfter(count)));
      return true;
    },
    holds: (relayId, nowMs) => (heldById.get(relayId)?.untilMs ?? 0) > nowMs,
    held(nowMs) {
      forgetExpired(nowMs);
      return [...heldById.values()];
    },
    nextMs(nowMs) {
      const times = [
        ...[...heldById.values()].map(({ refreshMs }) => refreshMs),
        ...[...failures.values()].map(({ retryMs }) => retryMs),
      ].filter((timeMs) => timeMs > nowMs);
      return Math.min(nowMs + firstRetryMs * 6, ...times);
    },
  };

  function noteFailure(route: string, nowMs: number, waitOf: (count: number) => number): void {
    const count = (failures.get(route)?.count ?? 0) + 1;
    failures.delete(route);
    failures.set(route, { count, retryMs: nowMs + waitOf(count) });
    const [oldest] = failures.keys();
    if (failures.size > maxFailures && oldest !== undefined) failures.delete(oldest);
  }

  function forgetExpired(nowMs: number): void {
    for (const { relayId, untilMs } of heldById.values()) {
      if (untilMs <= nowMs) heldById.delete(relayId);
    }
  }
}

/** Each in a row waits twice as long as the one before. */
function retryAfter(count: number): number {
  return Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(count - 1, 10));
}

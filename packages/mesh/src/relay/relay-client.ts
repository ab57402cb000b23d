import {
  type ByteStream,
  type Clock,
  type Failure,
  type Metrics,
  ParsError,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import { type LinkAddress, linkAddressToText } from '../link-address.ts';
import type { LinkAdopter } from '../link-adopter.ts';
import type { LinkPeer, MeshHost, NodeId } from '../mesh-host.ts';
import { askReservation, dialRelayed } from './relay-asker.ts';
import { accepted, type RelayGrant, relayedProtocol } from './relay-message.ts';
import { isRelayed, relayedRoute } from './relay-route.ts';
import { createReservationBook } from './reservation-book.ts';
import { watchStream } from './watched-stream.ts';

/** What a node behind NAT works with. */
export interface RelayClientDeps {
  readonly host: MeshHost & LinkAdopter;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly metrics: Metrics;
}

/** Where a node asks for reservations. */
export interface RelayClientOptions {
  /**
   * Addresses of nodes that may relay, the best first; asked again before each
   * round. None: the node dials through relays, and cannot be dialled through one.
   */
  readonly relays: () => readonly string[];
  /** Relays to hold a reservation at: 1 to 3. Default 2. */
  readonly count?: number;
  /** Called when the addresses of the host have changed. */
  readonly onChange?: () => void;
}

/** A node's part in being relayed. */
export interface RelayClient {
  /** Relays that hold a reservation for this node now. */
  reservations(): readonly NodeId[];
  /** Looks at once for what is due, instead of at the next round (within a minute). */
  look(): void;
}

/**
 * Lets `host` dial relayed addresses, keeps reservations and announces them in
 * `host.addresses()`, until `signal` is aborted (PIP-1000 §9). Once a host.
 * Links that are up then stay.
 */
export function startRelayClient(
  deps: RelayClientDeps,
  options: RelayClientOptions,
  signal?: AbortSignal,
): RelayClient {
  const { host, clock, scheduler, random, metrics } = deps;
  const { relays, count = 2, onChange = () => undefined } = options;
  if (!Number.isInteger(count) || count < 1 || count > 3) {
    throw new ParsError('mesh/relay-limits', { name: 'count' });
  }
  const book = createReservationBook(count);
  let isWoken = false;
  let wakeSleeper = (): void => undefined;
  const wake = (): void => {
    isWoken = true;
    wakeSleeper();
  };

  const removeRoutes = host.addRoutes({
    dials: isRelayed,
    dial: (address, dialSignal) => dialRelayed(deps, address, dialSignal),
    routes: () => heldNow().map(({ route, relayId }) => relayedRoute(route, relayId)),
  });
  const stopListening = host.onLink(({ type, peer }) => {
    if (type === 'down' && book.lost(peer.nodeId, clock.monotonicMs())) {
      onChange();
      wake();
    }
  });
  host.handle(relayedProtocol, answerRelayed);
  signal?.addEventListener('abort', () => {
    removeRoutes();
    stopListening();
    wake();
  });
  void keepReservations();

  return {
    reservations: () => heldNow().map(({ relayId }) => relayId),
    look: wake,
  };

  function heldNow(): readonly { readonly route: string; readonly relayId: NodeId }[] {
    return book.held(clock.monotonicMs());
  }

  /** Ends with the signal; no step of it rejects. */
  async function keepReservations(): Promise<void> {
    while (signal?.aborted !== true) {
      isWoken = false;
      await Promise.all(book.due(relays(), clock.monotonicMs()).map(reserveAt));
      await untilDue();
    }
  }

  async function reserveAt(relay: LinkAddress): Promise<void> {
    const peer = await host.dial(linkAddressToText(relay), signal);
    const grant = peer.ok ? await grantOf(peer.value) : peer;
    const nowMs = clock.monotonicMs();
    if (peer.ok && grant.ok) {
      const isNew = !book.holds(peer.value.nodeId, nowMs);
      book.granted(relay, peer.value.nodeId, grant.value, nowMs);
      if (isNew) onChange();
    } else if (!grant.ok) {
      metrics.count(grant.error.code);
      book.failed(relay, nowMs, (random.bytes(1)[0] ?? 0) / 255);
    }
  }

  function grantOf({ nodeId }: LinkPeer): Promise<Result<RelayGrant, Failure>> {
    return askReservation(deps, nodeId, signal);
  }

  async function untilDue(): Promise<void> {
    // What happened during the round may be due at once.
    if (isWoken) return;
    const nowMs = clock.monotonicMs();
    await new Promise<void>((resolve) => {
      const cancel = scheduler.schedule(book.nextMs(nowMs) - nowMs, resolve);
      wakeSleeper = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Somebody at the relay wants us. Only where we asked to be found. */
  async function answerRelayed(stream: ByteStream, relay: LinkPeer): Promise<void> {
    if (signal?.aborted === true || !book.holds(relay.nodeId, clock.monotonicMs())) {
      metrics.count('mesh/relay-refused');
      stream.abort();
      return;
    }
    await stream.write(Uint8Array.of(accepted));
    const { stream: watched, released } = watchStream(stream);
    const address = relayedRoute(routeOf(relay), relay.nodeId);
    const adopted = await host.adopt(watched, { direction: 'inbound', address, signal });
    if (adopted.ok) await released;
  }
}

/** The address of a link without the id behind it. */
function routeOf({ address, nodeId }: LinkPeer): string {
  const end = `/p2p/${nodeId}`;
  const text = address.split('#')[0] ?? '';
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}

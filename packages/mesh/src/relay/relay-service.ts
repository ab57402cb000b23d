import {
  type ByteStream,
  type Clock,
  type Failure,
  type Metrics,
  ok,
  type Result,
  type Scheduler,
} from '@pars/base';
import { meshErr } from '../errors.ts';
import { sourceOf } from '../link/source-address.ts';
import type { LinkPeer, MeshHost, NodeId } from '../mesh-host.ts';
import { createBytePace } from './byte-pace.ts';
import { type ReadAhead, readAhead } from './read-ahead.ts';
import { createRelayLedger } from './relay-ledger.ts';
import { type RelayLimits, relayLimits } from './relay-limits.ts';
import {
  accepted,
  decodeRelayRequest,
  encodeRelayGrant,
  judgeAnswer,
  type RelayRequest,
  refusalByte,
  relayedProtocol,
  relayProtocol,
  requestRest,
} from './relay-message.ts';
import { startRelayPipe } from './relay-pipe.ts';
import { isRelayed } from './relay-route.ts';
import { withinTime } from './within-time.ts';

/** What a relay works with. */
export interface RelayServiceDeps {
  readonly host: MeshHost;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  /** Asked with each request; while it is true, requests are refused. Default never. */
  readonly isSparing?: () => boolean;
}

/** A node that lends its address to nodes that have none. */
export interface RelayService {
  readonly reservationCount: number;
  readonly connectionCount: number;
}

/** How long a client may take with its request, and a node with its answer. */
export const relayStepMs = 10_000;

/**
 * Serves `/pars/relay/1` (PIP-1000 §9) on `host` until `signal` is aborted;
 * after that every request is refused and what is open is cut. Once a host.
 * Counts `mesh/relayed` a connection, and refusals by their code. Throws
 * `mesh/relay-limits` for limits of no use, `mesh/handler-exists` the second time.
 */
export function startRelayService(
  deps: RelayServiceDeps,
  options: Partial<RelayLimits> = {},
  signal?: AbortSignal,
): RelayService {
  const { host, clock, scheduler, metrics, isSparing = () => false } = deps;
  const limits = relayLimits(options);
  const ledger = createRelayLedger(limits);
  const totalPace = createBytePace(limits.totalBytesPerSecond);
  const cutAll = new Set<() => void>();
  signal?.addEventListener('abort', () => {
    for (const cut of cutAll) cut();
  });

  host.onLink(({ type, peer }) => {
    if (type === 'down') ledger.release(peer.nodeId);
  });
  host.handle(relayProtocol, serve);

  return {
    get reservationCount() {
      return ledger.reservationCount;
    },
    get connectionCount() {
      return ledger.connectionCount;
    },
  };

  async function serve(stream: ByteStream, peer: LinkPeer): Promise<void> {
    const ahead = readAhead(stream);
    const request = await withinTime(scheduler, relayStepMs, stream, () => readRequest(ahead));
    if (!request.ok) return refuse(stream, request.error);
    if (signal?.aborted === true || isSparing() || isRelayed(peer.address)) {
      return refuse(stream, { code: 'mesh/relay-refused' });
    }
    if (request.value.kind === 'reserve') return reserve(stream, peer);
    return connect(ahead.rest(), peer, request.value.target);
  }

  async function reserve(stream: ByteStream, peer: LinkPeer): Promise<void> {
    const reserved = ledger.reserve(refOf(peer), clock.monotonicMs());
    if (!reserved.ok) return refuse(stream, reserved.error);
    await stream.write(
      encodeRelayGrant({
        seconds: limits.reservationSeconds,
        kibibytes: limits.kibibytesPerConnection,
        bytesPerSecond: limits.bytesPerSecond,
      }),
    );
    await stream.closeWrite();
  }

  async function connect(near: ByteStream, peer: LinkPeer, target: NodeId): Promise<void> {
    let displace = (): void => near.abort();
    const cut = (): void => displace();
    const place = ledger.connect(refOf(peer), target, clock.monotonicMs(), cut);
    if (!place.ok) return refuse(near, place.error);
    cutAll.add(cut);
    try {
      const far = await callTarget(target);
      if (!far.ok) return await refuse(near, far.error);
      if (!(await isWritten(near, Uint8Array.of(accepted)))) return far.value.abort();
      const pipe = startRelayPipe({ clock, scheduler, limits, totalPace }, near, far.value);
      displace = () => pipe.displace();
      metrics.count('mesh/relayed');
      const end = await pipe.ended;
      if (end !== undefined) metrics.count(end);
    } finally {
      cutAll.delete(cut);
      place.value.end();
    }
  }

  /** The target must say that it takes the connection, before any byte of the dialer reaches it. */
  async function callTarget(target: NodeId): Promise<Result<ByteStream, Failure>> {
    const late = new AbortController();
    const cancel = scheduler.schedule(relayStepMs, () => late.abort());
    const opened = await host.openStream(target, relayedProtocol, late.signal);
    cancel();
    if (!opened.ok) return meshErr('mesh/relay-no-target');
    const ahead = readAhead(opened.value);
    const answer = await withinTime(scheduler, relayStepMs, opened.value, async () => {
      const first = await ahead.read(1);
      return first === undefined ? meshErr('mesh/relay-no-target') : judgeAnswer(first[0]);
    });
    if (answer.ok) return ok(ahead.rest());
    opened.value.abort();
    return meshErr('mesh/relay-no-target');
  }

  async function refuse(stream: ByteStream, failure: Failure): Promise<void> {
    metrics.count(failure.code);
    if (failure.code === 'mesh/bad-relay-message' || failure.code === 'mesh/relay-silent') {
      return stream.abort();
    }
    await stream.write(Uint8Array.of(refusalByte(failure.code)));
    await stream.closeWrite();
  }
}

function refOf({ nodeId, address }: LinkPeer): { nodeId: NodeId; source: string } {
  return { nodeId, source: sourceOf(address) };
}

async function isWritten(stream: ByteStream, bytes: Uint8Array): Promise<boolean> {
  try {
    await stream.write(bytes);
    return true;
  } catch {
    return false;
  }
}

async function readRequest(ahead: ReadAhead): Promise<Result<RelayRequest, Failure>> {
  const type = (await ahead.read(1))?.[0];
  const length = requestRest(type);
  if (!length.ok || type === undefined) return meshErr('mesh/bad-relay-message');
  const rest = await ahead.read(length.value);
  return rest === undefined
    ? meshErr('mesh/bad-relay-message')
    : ok(decodeRelayRequest(type, rest));
}

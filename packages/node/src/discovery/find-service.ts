import {
  type ByteStream,
  base32,
  type Failure,
  type Log,
  type Metrics,
  type Result,
  type Scheduler,
} from '@pars/base';
import {
  type Asker,
  contactAddresses,
  type Endpoint,
  endpointFromRoute,
  type Finder,
  type FinderEffect,
  findProtocol,
  isPublicEndpoint,
  type KeyFingerprint,
  type LinkPeer,
  type LookupResult,
  linkAddressFromText,
  type MeshHost,
  maxFindMessage,
} from '@pars/mesh';
import { readFrame, withinTimeLimit, writeFrame } from '../protocols/frame.ts';
import { codeOf, type TaskSet } from '../task-set.ts';
import type { Dialler } from './dialler.ts';
import type { LinkedNodes } from './linked-nodes.ts';

/** Does what a finder wants, and lets it answer others (PIP-1005 §4). */
export interface FindService {
  /** Does these; what follows from them, too. */
  pump(effects: readonly FinderEffect[]): void;
  /** Resolves with the search's end; with `undefined` when discovery stops or `until` is aborted before. */
  ended(search: number, until: AbortSignal | undefined): Promise<LookupResult | undefined>;
  /** Asks a linked node anything: whether it is still there. */
  isAlive(peer: LinkPeer): Promise<boolean>;
}

/** Serves the protocol on the mesh until the signal is aborted. */
export function startFindService(
  deps: {
    readonly mesh: MeshHost;
    readonly scheduler: Scheduler;
    readonly log: Log;
    readonly metrics: Metrics;
    readonly tasks: TaskSet;
    readonly linked: LinkedNodes;
    readonly dialler: Dialler;
    readonly finder: Finder;
    /** The finder's time. */
    readonly steadyMs: () => number;
    /** A link was opened only to ask something. */
    readonly onPassing: (fingerprint: KeyFingerprint) => void;
    /** A question at this public route was answered, or no route worked. */
    readonly onOutcome: (fingerprint: KeyFingerprint, route: string | undefined) => void;
  },
  signal: AbortSignal,
): FindService {
  const { dialler, finder, linked, log, mesh, metrics, scheduler, steadyMs, tasks } = deps;
  const waiters = new Map<number, (result: LookupResult) => void>();
  const results = new Map<number, LookupResult>();

  function pump(effects: readonly FinderEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'found') finish(effect.search, effect.result);
      else tasks.start('node/find-failed', () => ask(effect));
    }
  }

  function finish(search: number, result: LookupResult): void {
    metrics.count('node/searches');
    const waiter = waiters.get(search);
    waiters.delete(search);
    if (waiter !== undefined) return waiter(result);
    results.set(search, result);
    const [oldest] = results.keys();
    if (results.size > MAX_RESULTS && oldest !== undefined) results.delete(oldest);
  }

  async function ask(effect: FinderEffect & { readonly kind: 'ask' }): Promise<void> {
    const { contact, isFresh, request, ticket } = effect;
    const { fingerprint } = contact;
    const isNew = linked.get(fingerprint) === undefined;
    const link = await dialler.link(fingerprint, contactAddresses(contact), isFresh);
    if (!link.ok) {
      deps.onOutcome(fingerprint, undefined);
      return pump(finder.failed(ticket, steadyMs()));
    }
    const { peer, route } = link.value;
    if (isNew && route !== undefined) deps.onPassing(fingerprint);
    const answer = await exchange(peer, request);
    if (!answer.ok) return pump(finder.failed(ticket, steadyMs()));
    const dialled = route === undefined ? undefined : endpointFromRoute(route);
    const taken = finder.answered(ticket, answer.value, dialled, steadyMs());
    if (taken.result.ok) {
      if (route !== undefined && dialled !== undefined) deps.onOutcome(fingerprint, route);
    } else {
      log.write('debug', 'node/find-refused', { code: taken.result.error.code });
    }
    pump(taken.effects);
  }

  async function exchange(
    peer: LinkPeer,
    request: Uint8Array,
  ): Promise<Result<Uint8Array, Failure>> {
    const opened = await mesh.openStream(peer.nodeId, findProtocol, signal);
    if (!opened.ok) return opened;
    const stream = opened.value;
    const result = await withinSeconds(stream, async () => {
      const written = await writeFrame(stream, request);
      return written.ok ? readFrame(stream.source, maxFindMessage) : written;
    });
    if (result.ok) await stream[Symbol.asyncDispose]();
    else stream.abort();
    return result;
  }

  /** A question about nodes is small: who needs longer than 8 s is as good as gone. */
  async function withinSeconds<T>(
    stream: ByteStream,
    work: () => Promise<Result<T, Failure>>,
  ): Promise<Result<T, Failure>> {
    const cancel = scheduler.schedule(EXCHANGE_MS, () => stream.abort());
    try {
      return await withinTimeLimit(scheduler, stream, signal, work);
    } finally {
      cancel();
    }
  }

  function askerFrom(peer: LinkPeer): Asker {
    const fingerprint = linked.fingerprintOf(peer);
    const place = base32.decode(fingerprint, { maxBytes: 32 });
    // Hosts tell it with or without the id of the node at the end.
    const address = linkAddressFromText(peer.address);
    const endpoint = address.ok ? endpointFromRoute(address.value.route) : undefined;
    const isOutside = endpoint !== undefined && isPublicEndpoint(portless(endpoint));
    return {
      fingerprint,
      place: place.ok ? place.value : new Uint8Array(32),
      // Behind a proxy, or in the local network, an address says nothing to the asker.
      ip: isOutside ? endpoint.ip : undefined,
    };
  }

  async function serve(stream: ByteStream, peer: LinkPeer): Promise<void> {
    const outcome = await withinSeconds(stream, async () => {
      const request = await readFrame(stream.source, MAX_REQUEST);
      if (!request.ok) return request;
      const served = finder.serve(askerFrom(peer), request.value, steadyMs());
      if (!served.ok) return served;
      pump(served.value.effects);
      metrics.count('node/finds-served');
      return writeFrame(stream, served.value.answer);
    });
    if (outcome.ok) return;
    log.write('info', 'node/stream-dropped', { protocol: findProtocol, code: outcome.error.code });
    stream.abort();
  }

  mesh.handle(findProtocol, async (stream, peer) => {
    if (signal.aborted) return stream.abort();
    try {
      await serve(stream, peer);
    } catch (error) {
      log.write('error', 'node/find-failed', { code: codeOf(error) });
      stream.abort();
    }
  });

  return {
    pump,
    ended: (search, until) =>
      new Promise((resolve) => {
        const result = results.get(search);
        results.delete(search);
        if (result !== undefined) return resolve(result);
        const end = (found?: LookupResult) => {
          waiters.delete(search);
          signal.removeEventListener('abort', abort);
          until?.removeEventListener('abort', abort);
          resolve(found);
        };
        const abort = () => end();
        if (signal.aborted || until?.aborted === true) return abort();
        waiters.set(search, end);
        signal.addEventListener('abort', abort);
        until?.addEventListener('abort', abort);
      }),
    async isAlive(peer) {
      const answered = await exchange(peer, finder.question());
      // An older node is there, too.
      return answered.ok || answered.error.code === 'mesh/unsupported-protocol';
    },
  };
}

/** An inbound link's port is the dialler's own and says nothing. */
function portless(endpoint: Endpoint): Endpoint {
  return { ...endpoint, port: 1 };
}

const EXCHANGE_MS = 8_000;
/** A question with three endpoints of IPv6 has 93 bytes. */
const MAX_REQUEST = 93;
/** Ended searches whose result nobody has taken. */
const MAX_RESULTS = 32;

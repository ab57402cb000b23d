import {
  type ByteStream,
  type Cancel,
  type Clock,
  type Failure,
  type Log,
  type Metrics,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import {
  createSyncAnswerer,
  createSyncAsker,
  type LinkPeer,
  type MeshHost,
  type NodeId,
  type ParcelId,
  type ParcelStore,
  parcelIds,
  runSync,
  type SyncMachine,
  shelfFromStore,
} from '@pars/mesh';
import { createRateLimiter } from '../rate-limiter.ts';
import { codeOf, type TaskSet } from '../task-set.ts';
import type { Carrier } from './carrier.ts';
import type { SyncPolicy } from './sync-policy.ts';

/** Name of the protocol on a link (PIP-1003 §16). */
export const SYNC_PROTOCOL: string = '/pars/sync/1';

/**
 * Starts comparing (PIP-1003 §16): when a link comes up, and again when
 * something new was stored. It serves whoever the policy allows, and ends with
 * the signal.
 */
export function startSyncService(
  deps: {
    readonly suite: Suite;
    readonly mesh: MeshHost;
    readonly clock: Clock;
    readonly scheduler: Scheduler;
    readonly random: Random;
    readonly log: Log;
    readonly metrics: Metrics;
    readonly tasks: TaskSet;
    readonly carrier: Carrier;
    readonly policy: SyncPolicy;
    /** Which parcels {@link onSynced} is to be told of. */
    readonly awaited: () => readonly ParcelId[];
    /**
     * Told after a sync that went to its end: which awaited parcels this
     * neighbour has now, for the first time on this link, as texts of their ids.
     * It may have got them by spreading before.
     */
    readonly onSynced: (given: ReadonlySet<string>) => void;
  },
  signal: AbortSignal,
): void {
  const { carrier, clock, log, mesh, metrics, policy, scheduler, tasks } = deps;
  const syncDeps = { symmetric: deps.suite.symmetric, random: deps.random };
  const limiter = createRateLimiter(clock, { perSource: 12, total: 120 });
  const neighbourById = new Map<NodeId, Neighbour>();
  let runningCount = 0;
  let cancelLook: Cancel | undefined;
  let lookAtMs = Number.POSITIVE_INFINITY;

  const stopListening = [
    carrier.onStored(({ source }) => {
      for (const [nodeId, neighbour] of neighbourById) {
        if (nodeId !== source) neighbour.isDue = true;
      }
      // What comes together is compared together.
      lookWithin(GATHERING_MS);
    }),
    mesh.onLink(({ type }) => {
      if (type === 'up') lookWithin(0);
    }),
  ];
  signal.addEventListener('abort', () => {
    for (const stop of stopListening) stop();
    cancelLook?.();
  });

  /** Looks so late at the latest; an earlier look stays. */
  function lookWithin(waitMs: number): void {
    const atMs = clock.monotonicMs() + waitMs;
    if (signal.aborted || atMs >= lookAtMs) return;
    cancelLook?.();
    lookAtMs = atMs;
    cancelLook = scheduler.schedule(waitMs, () => {
      lookAtMs = Number.POSITIVE_INFINITY;
      look();
    });
  }

  /** Starts what is due, and looks again when the next is, or when the policy may have changed. */
  function look(): void {
    const linked = new Set<NodeId>();
    const nowMs = clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const peer of mesh.peers()) {
      linked.add(peer.nodeId);
      const neighbour = noteLink(peer);
      if (!neighbour.isDue || neighbour.isBusy) continue;
      const isTime = nowMs >= neighbour.notBeforeMs;
      if (isTime && runningCount < MAX_RUNNING && policy(peer)) start(peer, neighbour);
      else nextMs = Math.min(nextMs, isTime ? nowMs + LOOK_AGAIN_MS : neighbour.notBeforeMs);
    }
    // Whole milliseconds: a timer that is due a hair too early would look for ever.
    if (nextMs < Number.POSITIVE_INFINITY) lookWithin(Math.max(1, Math.ceil(nextMs - nowMs)));
    for (const [nodeId, neighbour] of neighbourById) {
      // A refusal outlives the link, so that dialling again is no way around it; so does what was
      // learnt before the link broke.
      const isForgotten = !neighbour.isBusy && clock.monotonicMs() >= neighbour.forgetAtMs;
      if (!linked.has(nodeId) && isForgotten) neighbourById.delete(nodeId);
    }
  }

  /** A stranger with many names is remembered under few of them. */
  function makeRoom(): void {
    for (const [nodeId, neighbour] of neighbourById) {
      if (neighbourById.size < MAX_NEIGHBOURS) return;
      if (!neighbour.isBusy) neighbourById.delete(nodeId);
    }
  }

  function noteLink({ direction, nodeId, sinceMs }: LinkPeer): Neighbour {
    const known = neighbourById.get(nodeId);
    const neighbour = known ?? createNeighbour();
    if (known?.linkedSinceMs === sinceMs) return neighbour;
    if (known === undefined) makeRoom();
    neighbour.linkedSinceMs = sinceMs;
    neighbour.isDue = true;
    // Who dialled asks first; the other one only when nobody came.
    const waitMs = direction === 'outbound' ? 0 : ANSWERER_WAITS_MS;
    neighbour.notBeforeMs = Math.max(neighbour.notBeforeMs, clock.monotonicMs() + waitMs);
    neighbourById.set(nodeId, neighbour);
    return neighbour;
  }

  function start(peer: LinkPeer, neighbour: Neighbour): void {
    neighbour.isDue = false;
    tasks.start('node/sync-failed', () =>
      occupy(neighbour, async () => {
        const stream = await mesh.openStream(peer.nodeId, SYNC_PROTOCOL, signal);
        if (!stream.ok) {
          // Its node is older, or busy.
          return settle(neighbour, { ok: false, error: { code: 'mesh/stream-broken' } });
        }
        const result = await run('asker', peer, neighbour, stream.value);
        settle(neighbour, result);
      }),
    );
  }

  async function run(
    side: 'asker' | 'answerer',
    peer: LinkPeer,
    neighbour: Neighbour,
    stream: ByteStream,
  ): Promise<Result<undefined, Failure>> {
    const store = await carrier.open().catch((error: unknown) => {
      stream.abort();
      throw error;
    });
    const shelf = shelfFromStore(store, peer.nodeId);
    const begun = neighbour[side] ?? beginSync(side, store);
    neighbour[side] = begun;
    forgetOldMachines(neighbour);
    const result = await runSync(begun.machine, stream, { shelf, scheduler }, { signal });
    // Only a broken stream is worth going on where it stopped.
    const isResumable = !result.ok && RESUMABLE.has(result.error.code);
    if (isResumable) neighbour.forgetAtMs = clock.monotonicMs() + RESUMABLE_FOR_MS;
    else neighbour[side] = undefined;
    log.write('debug', 'node/synced', { side, code: result.ok ? 'ok' : result.error.code });
    if (result.ok) {
      metrics.count('node/syncs');
      deps.onSynced(begun.compared.difference(neighbour.told));
      neighbour.told = begun.compared;
    }
    return result;
  }

  /** Each begun sync holds the ids of all parcels. */
  function forgetOldMachines(current: Neighbour): void {
    const holders = [...neighbourById.values()].filter(
      (neighbour) =>
        neighbour !== current &&
        !neighbour.isBusy &&
        (neighbour.asker !== undefined || neighbour.answerer !== undefined),
    );
    for (const holder of holders.slice(0, Math.max(0, holders.length - MAX_BEGUN))) {
      holder.asker = undefined;
      holder.answerer = undefined;
    }
  }

  /** Each side asks for all that it lacks, so what was compared is at both when the sync ends well. */
  function beginSync(side: 'asker' | 'answerer', store: ParcelStore): BegunSync {
    const options = {
      snapshot() {
        const held = deps.awaited().filter((id) => store.has(id));
        begun.compared = new Set(held.map((id) => parcelIds.toText(id)));
        return store.snapshot();
      },
    };
    const machine =
      side === 'asker' ? createSyncAsker(syncDeps, options) : createSyncAnswerer(syncDeps, options);
    const begun: BegunSync = { machine, compared: new Set() };
    return begun;
  }

  function settle(neighbour: Neighbour, result: Result<undefined, Failure>): void {
    const nowMs = clock.monotonicMs();
    if (result.ok) {
      neighbour.failures = 0;
      neighbour.notBeforeMs = nowMs + BETWEEN_SYNCS_MS;
      return;
    }
    neighbour.isDue = true;
    neighbour.failures += 1;
    const { code } = result.error;
    const backoffMs = Math.min(BETWEEN_SYNCS_MS * 2 ** neighbour.failures, LONGEST_BACKOFF_MS);
    neighbour.notBeforeMs = nowMs + backoffMs;
    if (!isPassing(code)) refuse(neighbour, code);
  }

  /** Whoever breaks the rules or the bounds is left alone for a while (PIP-1003 §9). */
  function refuse(neighbour: Neighbour, code: string): void {
    const untilMs = clock.monotonicMs() + REFUSED_MS;
    neighbour.refusedUntilMs = untilMs;
    neighbour.notBeforeMs = untilMs;
    neighbour.forgetAtMs = untilMs;
    log.write('info', 'node/neighbour-refused', { code });
  }

  async function occupy(neighbour: Neighbour, work: () => Promise<void>): Promise<void> {
    neighbour.isBusy = true;
    runningCount += 1;
    try {
      await work();
    } catch (error) {
      // A disk that refuses now may work later.
      neighbour.isDue = true;
      neighbour.notBeforeMs = clock.monotonicMs() + LONGEST_BACKOFF_MS;
      throw error;
    } finally {
      neighbour.isBusy = false;
      runningCount -= 1;
      lookWithin(0);
    }
  }

  async function answer(stream: ByteStream, peer: LinkPeer): Promise<void> {
    const neighbour = noteLink(peer);
    const isAdmitted =
      !signal.aborted &&
      clock.monotonicMs() >= neighbour.refusedUntilMs &&
      !neighbour.isBusy &&
      runningCount < MAX_RUNNING &&
      policy(peer) &&
      limiter.admit(peer.nodeId);
    if (!isAdmitted) {
      metrics.count('node/streams-refused');
      stream.abort();
      return;
    }
    await occupy(neighbour, async () => {
      const result = await run('answerer', peer, neighbour, stream);
      // It asked and has everything: nothing is left to ask it for.
      if (result.ok) neighbour.isDue = false;
      else if (!isPassing(result.error.code)) refuse(neighbour, result.error.code);
    });
  }

  mesh.handle(SYNC_PROTOCOL, async (stream, peer) => {
    try {
      await answer(stream, peer);
    } catch (error) {
      log.write('error', 'node/sync-failed', { code: codeOf(error) });
      stream.abort();
    }
  });
  lookWithin(0);
}

/** What is known of a node that is, or was lately, linked. */
interface Neighbour {
  linkedSinceMs: number | undefined;
  /** Something may be new since the last sync. */
  isDue: boolean;
  isBusy: boolean;
  failures: number;
  notBeforeMs: number;
  refusedUntilMs: number;
  /** Kept so long after its link is gone. */
  forgetAtMs: number;
  /** Begun syncs that wait for the next link. */
  asker: BegunSync | undefined;
  answerer: BegunSync | undefined;
  /** Awaited parcels of which it was told that this neighbour has them. */
  told: ReadonlySet<string>;
}

interface BegunSync {
  readonly machine: SyncMachine;
  /** Awaited parcels that were held when it began, as texts of their ids. */
  compared: ReadonlySet<string>;
}

function createNeighbour(): Neighbour {
  return {
    linkedSinceMs: undefined,
    isDue: false,
    isBusy: false,
    failures: 0,
    notBeforeMs: 0,
    refusedUntilMs: 0,
    forgetAtMs: 0,
    asker: undefined,
    answerer: undefined,
    told: new Set(),
  };
}

function isPassing(code: string): boolean {
  return RESUMABLE.has(code) || code === 'mesh/sync-stalled';
}

const RESUMABLE: ReadonlySet<string> = new Set(['mesh/stream-broken', 'mesh/aborted']);
/** A contact may have been made, or unlocked, since the policy was asked. */
const LOOK_AGAIN_MS = 10_000;
const GATHERING_MS = 500;
/** Who was dialled waits so long for the other side to ask. */
const ANSWERER_WAITS_MS = 10_000;
const BETWEEN_SYNCS_MS = 5_000;
const LONGEST_BACKOFF_MS = 300_000;
const REFUSED_MS = 3_600_000;
const RESUMABLE_FOR_MS = 120_000;
/** Syncs that run at a time, asked and answered together. */
const MAX_RUNNING = 4;
/** Begun syncs that are kept for neighbours whose link broke. */
const MAX_BEGUN = 8;
/** More than a node has links. */
const MAX_NEIGHBOURS = 1_024;

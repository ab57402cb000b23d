import { type ByteStream, ok } from '@pars/base';
import {
  createKeeperServer,
  dayFromSlot,
  type KeeperEffect,
  type LinkPeer,
  maxKeeperMessage,
  slotFromMs,
} from '@pars/mesh';
import { readFrame, withinTimeLimit, writeFrame } from '../protocols/frame.ts';
import { createRateLimiter } from '../rate-limiter.ts';
import { codeOf } from '../task-set.ts';
import { createKeeperPlaces, type KeeperPlaces } from './keeper-directory.ts';
import { KEEPER_PROTOCOL } from './keeper-exchange.ts';
import { type RepairOptions, startKeeperRepair } from './keeper-repair-service.ts';
import type { KeeperServiceDeps } from './keeper-service-deps.ts';
import { createShardShelves } from './shard-shelves.ts';

/** How a keeper is run. */
export interface KeeperOptions extends RepairOptions {
  /** Asked before anything is done for others; while it is true, nothing is. Default never. */
  readonly isSparing?: () => boolean;
}

/**
 * Keeps parcels of the shards that this node is responsible for, serves them to
 * whoever asks, and looks after their copies (PIP-1006 §9, §10). For nodes that
 * others can reach. Ends with the signal.
 */
export function startKeeperService(
  deps: KeeperServiceDeps,
  options: KeeperOptions,
  signal: AbortSignal,
): void {
  const { clock, log, mesh, metrics, network, ownId, scheduler } = deps;
  const { isSparing = () => false } = options;
  const { symmetric } = deps.suite;
  const places = createKeeperPlaces({ ...deps, symmetric, nowMs: () => clock.monotonicMs() });
  const pause = () => scheduler.sleep(0);
  const shelves = createShardShelves({ ...deps, symmetric, pause }, signal);
  const server = createKeeperServer({ symmetric, network, register: shelves.register, ownId });
  const limiter = createRateLimiter(clock, { perSource: 120, total: 6_000 });
  const runningByPeer = new Map<string, number>();
  let running = 0;

  async function serve(stream: ByteStream, { nodeId }: LinkPeer): Promise<void> {
    const ofPeer = runningByPeer.get(nodeId) ?? 0;
    const isFree = running < MAX_RUNNING && ofPeer < MAX_RUNNING_OF_PEER;
    const isAdmitted = !signal.aborted && !isSparing() && isFree && limiter.admit(nodeId);
    if (!isAdmitted) {
      metrics.count('node/streams-refused');
      stream.abort();
      return;
    }
    running += 1;
    runningByPeer.set(nodeId, ofPeer + 1);
    try {
      const served = await withinTimeLimit(scheduler, stream, signal, async () => {
        const question = await readFrame(stream.source, maxKeeperMessage);
        if (!question.ok) return question;
        const answer = await answerTo(nodeId, question.value);
        if (answer !== undefined) return await writeFrame(stream, answer);
        stream.abort();
        return ok(undefined);
      });
      if (!served.ok) stream.abort();
    } finally {
      running -= 1;
      const left = (runningByPeer.get(nodeId) ?? 1) - 1;
      if (left > 0) runningByPeer.set(nodeId, left);
      else runningByPeer.delete(nodeId);
    }
  }

  async function answerTo(client: string, question: Uint8Array): Promise<Uint8Array | undefined> {
    let answer: Uint8Array | undefined;
    const waiting: KeeperEffect[] = [...server.receive(client, question, clock.monotonicMs())];
    for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
      switch (effect.kind) {
        case 'answer':
          answer = effect.message;
          break;
        case 'misbehaved':
          metrics.count('node/keeper-questions-refused');
          log.write('info', 'node/keeper-question-refused', { code: effect.failure.code });
          break;
        default:
          waiting.push(...(await perform(effect)));
      }
    }
    return answer;
  }

  /** What fails here costs the client its answer, and the ticket is closed all the same. */
  async function perform(
    effect: Extract<KeeperEffect, { readonly ticket: number }>,
  ): Promise<readonly KeeperEffect[]> {
    try {
      switch (effect.kind) {
        case 'prepare': {
          const { shardDay } = effect;
          const isOwn = isNear(shardDay.day) && (await places.isOwn(shardDay));
          if (isOwn) await shelves.prepare(shardDay);
          return server.prepared(effect.ticket, isOwn);
        }
        case 'admit': {
          const kept = await shelves.put(effect.parcel.bytes, effect.client);
          if (kept.ok && kept.value === 'stored') metrics.count('node/parcels-kept');
          return server.admitted(effect.ticket, kept);
        }
        case 'read':
          return server.loaded(effect.ticket, await shelves.read(effect.ids));
      }
    } catch (error) {
      server.abandon(effect.ticket);
      throw error;
    }
  }

  /** Days that no parcel can expire on are nobody's. */
  function isNear(day: number): boolean {
    const today = dayFromSlot(slotFromMs(clock.nowMs()));
    return day >= today && day <= today + LONGEST_LIFE_DAYS;
  }

  mesh.handle(KEEPER_PROTOCOL, async (stream, peer) => {
    try {
      await serve(stream, peer);
    } catch (error) {
      log.write('error', 'node/keeping-failed', { code: codeOf(error) });
      stream.abort();
    }
  });
  const ofOthers: KeeperPlaces = {
    ...places,
    isOwn: async (shardDay) => !isSparing() && (await places.isOwn(shardDay)),
  };
  startKeeperRepair({ ...deps, places: ofOthers, shelves }, options, signal);
}

/** Questions that are answered at a time: each may hold a parcel or an answer, 256 KiB. */
const MAX_RUNNING = 128;
/** Of one node, so that slow ones hold few places. */
const MAX_RUNNING_OF_PEER = 8;
/** The longest life of a parcel, and what is added for rounding and clocks (PIP-1002 §3). */
const LONGEST_LIFE_DAYS = 32;

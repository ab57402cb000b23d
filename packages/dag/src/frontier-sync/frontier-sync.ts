import { concatBytes, equalBytes, ParsError, uint32FromBytes, uint32ToBytes } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import type { VertexId } from '../vertex.ts';
import { createExchangeBudget } from './exchange-budget.ts';
import {
  type BaseRef,
  type FrontierEffect,
  type FrontierSync,
  type FrontierSyncDeps,
  type FrontierSyncOptions,
  MIN_FRONTIER_MESSAGE,
  requireOptions,
} from './frontier-machine.ts';
import {
  decodeFrontierMessage,
  type FrontierMessage,
  type FrontierMessageOf,
  headsOverhead,
} from './frontier-message.ts';
import { createSnapshotExchange } from './snapshot-exchange.ts';
import { createVertexGiver, frontierDigest, mostTold, questionTag } from './vertex-giver.ts';
import { createVertexTaker } from './vertex-taker.ts';
import { fail, type Reply, read, readHeld, send, type Work } from './work.ts';

/**
 * One side of a sync between two members of a space; both run the same. Throws
 * `dag/argument` for options out of range (PIP-1003 §10).
 */
export function createFrontierSync(
  deps: FrontierSyncDeps,
  options: FrontierSyncOptions,
): FrontierSync {
  const { space, source, messageLength, windowBytes, eagerHeads } = requireOptions(options);
  const budget = createExchangeBudget();
  /** The smaller of both windows: what a greeting claims must not fill our outbox. */
  const sharedWindow = () => Math.min(windowBytes, peer?.windowBytes ?? MIN_FRONTIER_MESSAGE);
  const context = { space, windowBytes, sharedWindow, budget };
  const giver = createVertexGiver(deps, context);
  const taker = createVertexTaker(deps, { ...context, source, onTaken: giver.share });
  const snapshots = createSnapshotExchange(deps, context);
  const session = deps.random.bytes(4);
  let greetings = 0;
  let own: Greeting | undefined;
  /** The last greeting whose heads were sent, and all heads named since the last full one. */
  let before: { readonly epoch: Uint8Array; readonly told: ReadonlySet<string> } | undefined;
  let peer: FrontierMessageOf<'hello'> | undefined;
  let isPulling = false;
  let isContent = false;
  let isPeerContent = false;
  let isEndSaid = false;

  /** A new greeting: the other side begins to give anew, from where this replica is now. */
  function* greet(wantsHello: boolean): Work {
    const { heads, base } = yield* read({ kind: 'read', what: 'place' });
    greetings += 1;
    const epoch = concatBytes(session, uint32ToBytes(greetings));
    const digest = frontierDigest(deps, space, heads);
    const told = before?.told ?? new Set<string>();
    const fresh = heads.filter((id) => !told.has(bytesToKey(id)));
    const areTooMany = told.size + fresh.length > mostTold;
    const continues = areTooMany ? undefined : before?.epoch;
    const named = continues === undefined ? heads : fresh;
    own = { epoch, heads: named, continues, base, digest, areHeadsSent: false };
    isContent = false;
    isEndSaid = false;
    taker.greeted(epoch);
    yield* sayHello(own, wantsHello);
  }

  function* sayHello(greeting: Greeting, wantsHello: boolean): Work {
    const { epoch, heads, base, digest, continues } = greeting;
    const { begun } = taker;
    const lengths = { messageLength, windowBytes, headCount: heads.length };
    yield* send({ type: 'hello', epoch, wantsHello, ...lengths, digest, base, continues, begun });
    const isDifferent = peer !== undefined && !equalBytes(peer.digest, digest);
    if (isDifferent || eagerHeads) yield* sendHeads(greeting);
  }

  function* sendHeads(greeting: Greeting): Work {
    const { epoch, heads } = greeting;
    greeting.areHeadsSent = true;
    const earlier = greeting.continues === undefined ? [] : (before?.told ?? []);
    before = { epoch, told: new Set([...earlier, ...heads.map(bytesToKey)]) };
    const perMessage = Math.floor(
      ((peer?.messageLength ?? MIN_FRONTIER_MESSAGE) - headsOverhead) / 32,
    );
    for (let start = 0; start < heads.length; start += perMessage) {
      yield* send({ type: 'heads', epoch, start, ids: heads.slice(start, start + perMessage) });
    }
  }

  function* onHello(message: FrontierMessageOf<'hello'>): Work {
    if (peer !== undefined && !isNewer(message.epoch, peer.epoch)) return;
    // A greeting makes us read, compare and give from the start.
    if (!budget.spend(greetingCost)) yield* fail('dag/sync-exhausted');
    peer = message;
    // On a new link the other side starts over in both directions.
    if (message.wantsHello) isContent = false;
    isPeerContent = false;
    isEndSaid = false;
    if (own === undefined) yield* greet(false);
    else if (message.wantsHello) yield* sayHello(own, false);
    else if (!own.areHeadsSent && !equalBytes(message.digest, own.digest)) yield* sendHeads(own);
    const { heads, base } = yield* read({ kind: 'read', what: 'place' });
    const isSame = equalBytes(frontierDigest(deps, space, heads), message.digest);
    const isBaseHeld = yield* holdsBase(message.base, base);
    isPulling = !isBaseHeld;
    if (message.base !== undefined && isPulling) yield* snapshots.pull(message.base.id);
    else snapshots.pause();
    yield* giver.onHello(message, { isSame, isBaseHeld });
  }

  /** Whether the other side was pruned where we can follow. */
  function* holdsBase(its: BaseRef | undefined, ours: BaseRef | undefined): Work<boolean> {
    // All bases of a space lie on one path: an earlier one is below ours, and was forgotten.
    if (its === undefined || (ours !== undefined && ours.time >= its.time)) return true;
    return (yield* readHeld([its.id])).length === 1;
  }

  function* onAsk({ ids }: FrontierMessageOf<'ask'>): Work {
    if (!budget.spend(lookupCost * ids.length)) yield* fail('dag/sync-exhausted');
    const reply = yield* read({ kind: 'read', what: 'has', ids });
    yield* send({ type: 'answer', tag: questionTag(deps, ids), held: reply.held });
  }

  function* onDone(epoch: Uint8Array): Work {
    if (own === undefined || peer === undefined || isContent) return;
    if (!equalBytes(epoch, own.epoch) || isPulling) return;
    const outcome = yield* taker.onDone(giver.toldHeads, peer.messageLength);
    if (outcome === 'again') yield* greet(false);
    else if (outcome === 'content') yield* becomeContent();
  }

  function* onAgain(epoch: Uint8Array): Work {
    if (own?.continues === undefined || !equalBytes(epoch, own.epoch)) return;
    before = undefined;
    yield* greet(false);
  }

  function* becomeContent(): Work {
    if (own === undefined) return;
    isContent = true;
    yield* send({ type: 'content', epoch: own.epoch });
  }

  function* route(message: FrontierMessage): Work {
    switch (message.type) {
      case 'hello':
        return yield* onHello(message);
      case 'heads':
        return yield* giver.onHeads(message);
      case 'ask':
        return yield* onAsk(message);
      case 'answer':
        return yield* giver.onAnswer(message);
      case 'vertices':
        return yield* taker.onVertices(message);
      case 'part':
        return yield* taker.onPart(message);
      case 'more':
        return yield* giver.onMore(message);
      case 'want':
        return yield* giver.onWant(message);
      case 'done':
        return yield* onDone(message.epoch);
      case 'content':
        if (peer !== undefined && equalBytes(peer.epoch, message.epoch)) isPeerContent = true;
        return;
      case 'again':
        return yield* onAgain(message.epoch);
      case 'want-snapshot':
        return yield* snapshots.onWantSnapshot(
          message,
          peer?.messageLength ?? MIN_FRONTIER_MESSAGE,
        );
      case 'snapshot': {
        const outcome = yield* snapshots.onSnapshot(message);
        if (outcome === 'none') yield* becomeContent();
        return;
      }
      case 'snapshot-part': {
        if ((yield* snapshots.onPart(message)) !== 'imported') return;
        isPulling = false;
        before = undefined;
        yield* greet(false);
        yield* giver.restart();
      }
    }
  }

  function* receive(bytes: Uint8Array): Work {
    if (!budget.spend(messageCost + bytes.length)) yield* fail('dag/sync-exhausted');
    if (bytes.length > messageLength) yield* fail('dag/bad-sync-message', { what: 'length' });
    const message = decodeFrontierMessage(bytes);
    if (!message.ok) return yield* fail(message.error.code);
    yield* route(message.value);
    if (!isContent || !isPeerContent || isEndSaid) return;
    isEndSaid = true;
    const heads = giver.toldHeads;
    const held = yield* readHeld(heads);
    yield { kind: 'end', lacking: heads.length - held.length + giver.unnamedHeads };
  }

  function* connect(): Work {
    peer = undefined;
    own = undefined;
    isPulling = false;
    isPeerContent = false;
    giver.forget();
    snapshots.pause();
    yield* greet(true);
  }

  const runner = createRunner();
  return {
    get progress() {
      return giver.progress + taker.progress + snapshots.progress;
    },
    connected: () => runner.start(connect),
    receive: (bytes) => runner.start(() => receive(bytes)),
    loaded: (answer) => runner.answer('read', answer),
    admitted: (receipt) => runner.answer('admit', { what: 'admitted', receipt }),
    imported: (result) => runner.answer('import', { what: 'imported', result }),
  };
}

/** Bytes of allowance that any message costs, besides its own. */
const messageCost = 256;
/** Likewise, for looking up an id. */
const lookupCost = 256;
const greetingCost = 16 * 1024;

interface Greeting {
  readonly epoch: Uint8Array;
  /** Without those that the greeting before has named. */
  readonly heads: readonly VertexId[];
  readonly continues: Uint8Array | undefined;
  readonly base: BaseRef | undefined;
  readonly digest: Uint8Array;
  areHeadsSent: boolean;
}

/** Of another machine, or a later greeting of the same. */
function isNewer(epoch: Uint8Array, than: Uint8Array): boolean {
  if (!equalBytes(epoch.subarray(0, 4), than.subarray(0, 4))) return true;
  return uint32FromBytes(epoch, 4) > uint32FromBytes(than, 4);
}

interface Runner {
  start(work: () => Work): readonly FrontierEffect[];
  answer(kind: OpenKind, reply: Reply): readonly FrontierEffect[];
}

type OpenKind = 'read' | 'admit' | 'import';

/** Runs one piece of work at a time, up to the next effect that has an answer. */
function createRunner(): Runner {
  let open: { readonly work: Work; readonly kind: OpenKind } | undefined;
  let hasFailed = false;

  function run(work: Work, reply: Reply): readonly FrontierEffect[] {
    const effects: FrontierEffect[] = [];
    let step = work.next(reply);
    while (step.done !== true) {
      const effect = step.value;
      if (effect.kind === 'fail') {
        hasFailed = true;
        return [effect];
      }
      effects.push(effect);
      if (effect.kind === 'read' || effect.kind === 'admit' || effect.kind === 'import') {
        open = { work, kind: effect.kind };
        return effects;
      }
      step = work.next({ what: 'nothing' });
    }
    return effects;
  }

  return {
    start(work) {
      if (hasFailed) return [];
      if (open !== undefined) throw new ParsError('dag/argument', { what: 'an answer is due' });
      return run(work(), { what: 'nothing' });
    },
    answer(kind, reply) {
      if (hasFailed) return [];
      if (open?.kind !== kind) throw new ParsError('dag/argument', { what: 'no such question' });
      const { work } = open;
      open = undefined;
      return run(work, reply);
    },
  };
}

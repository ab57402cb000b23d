import { concatBytes, equalBytes, ParsError, uint32FromBytes, uint32ToBytes } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import type { VertexId } from '../vertex.ts';
import { createExchangeBudget, headLookupCost } from './exchange-budget.ts';
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
  MAX_TOLD,
} from './frontier-message.ts';
import { createSnapshotExchange } from './snapshot-exchange.ts';
import { createVertexGiver, frontierDigest, questionTag } from './vertex-giver.ts';
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
  /** The heads that the other side is told; it grows from greeting to greeting. */
  let list: HeadList | undefined;
  /** The first of the list that have been sent over this link, or were there before. */
  let toldCount = 0;
  let isFirstHello = true;
  let peer: FrontierMessageOf<'hello'> | undefined;
  /** The machine over there, over all links. */
  let peerSession: Uint8Array | undefined;
  let isPulling = false;
  let isContent = false;
  let isPeerContent = false;
  let isEndSaid = false;
  let endings = 0;

  /** A new greeting: the other side begins to give anew, from where this replica is now. */
  function* greet(wantsHello: boolean): Work {
    const { heads, base } = yield* read({ kind: 'read', what: 'place' });
    greetings += 1;
    const epoch = concatBytes(session, uint32ToBytes(greetings));
    const digest = frontierDigest(deps, space, heads);
    const continued = list && continueList(list, heads, giver.isShared);
    if (continued === undefined) toldCount = 0;
    list = continued ?? { epoch, ids: heads };
    own = { epoch, list, base, digest };
    isContent = false;
    isEndSaid = false;
    taker.greeted(epoch);
    yield* sayHello(own, wantsHello);
  }

  function* sayHello(greeting: Greeting, wantsHello: boolean): Work {
    const { epoch, base, digest } = greeting;
    const { begun, arrived } = taker;
    const { heard } = giver;
    const lengths = { messageLength, windowBytes, headCount: greeting.list.ids.length };
    const continues = greeting.list.epoch === epoch ? undefined : greeting.list.epoch;
    const resumed = { continues, begun, arrived, heard };
    yield* send({ type: 'hello', epoch, wantsHello, ...lengths, digest, base, ...resumed });
    yield* sendHeads(greeting);
  }

  /** Those of the list that the other side has not been told, once they are of use to it. */
  function* sendHeads({ digest, list: { epoch, ids } }: Greeting): Work {
    const isDifferent = peer !== undefined && !equalBytes(peer.digest, digest);
    if (!isDifferent && !eagerHeads) return;
    const first = toldCount;
    toldCount = ids.length;
    const perMessage = Math.floor(
      ((peer?.messageLength ?? MIN_FRONTIER_MESSAGE) - headsOverhead) / 32,
    );
    for (let start = first; start < ids.length; start += perMessage) {
      const some = ids.slice(start, start + perMessage);
      yield* send({ type: 'heads', list: epoch, start, ids: some });
    }
  }

  function* onHello(message: FrontierMessageOf<'hello'>): Work {
    if (peer !== undefined && !isNewer(message.epoch, peer.epoch)) return;
    // A greeting makes us read, compare and give from the start.
    if (!budget.spend(greetingCost)) yield* fail('dag/sync-exhausted');
    const hasRestarted = noteSession(message.epoch);
    peer = message;
    noteHeard(message);
    // On a new link the other side starts over in both directions.
    if (message.wantsHello) isContent = false;
    isPeerContent = false;
    isEndSaid = false;
    if (own === undefined || hasRestarted) yield* greet(false);
    else if (message.wantsHello) yield* sayHello(own, false);
    else yield* sendHeads(own);
    const { heads, base } = yield* read({ kind: 'read', what: 'place' });
    const isSame = equalBytes(frontierDigest(deps, space, heads), message.digest);
    const isBaseHeld = yield* holdsBase(message.base, base);
    isPulling = !isBaseHeld;
    if (message.base !== undefined && isPulling) yield* snapshots.pull(message.base.id);
    else snapshots.pause();
    yield* giver.onHello(message, { isSame, isBaseHeld });
  }

  /** True when another machine than before is over there: it knows nothing of what was told. */
  function noteSession(epoch: Uint8Array): boolean {
    const session = epoch.slice(0, 4);
    if (peerSession !== undefined && equalBytes(peerSession, session)) return false;
    const isOther = peerSession !== undefined;
    peerSession = session;
    taker.forgetNumbers();
    if (isOther) list = undefined;
    return isOther;
  }

  function noteHeard({ heard }: FrontierMessageOf<'hello'>): void {
    const isOfThis =
      list !== undefined && heard !== undefined && equalBytes(heard.list, list.epoch);
    const count = isOfThis ? Math.min(heard.count, list?.ids.length ?? 0) : 0;
    // What was sent before its first greeting on a link was not there when it said so.
    toldCount = isFirstHello ? Math.max(toldCount, count) : count;
    isFirstHello = false;
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
        list = undefined;
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
    endings += 1;
    const heads = giver.toldHeads;
    if (!budget.spend(headLookupCost * heads.length)) yield* fail('dag/sync-exhausted');
    const held = yield* readHeld(heads);
    yield { kind: 'end', lacking: heads.length - held.length + giver.unnamedHeads };
  }

  function* connect(): Work {
    budget.renew(totalProgress());
    peer = undefined;
    own = undefined;
    isPulling = false;
    isPeerContent = false;
    isFirstHello = true;
    toldCount = 0;
    giver.forget();
    snapshots.pause();
    yield* greet(true);
  }

  function totalProgress(): number {
    return giver.progress + taker.progress + snapshots.progress + endings;
  }

  const runner = createRunner();
  return {
    get progress() {
      return totalProgress();
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
  readonly list: HeadList;
  readonly base: BaseRef | undefined;
  readonly digest: Uint8Array;
}

/** Heads in the order in which they are told. */
interface HeadList {
  /** Of the greeting that began it. */
  readonly epoch: Uint8Array;
  readonly ids: readonly VertexId[];
}

/** With the heads that are new, unless that is too much. The other side knows what it gave itself. */
function continueList(
  { epoch, ids }: HeadList,
  heads: readonly VertexId[],
  isShared: (id: VertexId) => boolean,
): HeadList | undefined {
  const told = new Set(ids.map(bytesToKey));
  const fresh = heads.filter((id) => !told.has(bytesToKey(id)) && !isShared(id));
  if (ids.length + fresh.length > MAX_TOLD) return undefined;
  return fresh.length === 0 ? { epoch, ids } : { epoch, ids: [...ids, ...fresh] };
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

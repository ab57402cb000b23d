import { equalBytes } from '@pars/base';
import { bytesToKey } from '../byte-key.ts';
import type { Receipt } from '../replica/admission.ts';
import { decodeVertex, type HashDep, type SpaceId, type VertexId } from '../vertex.ts';
import { type ArrivedRuns, createArrivedRuns } from './arrived-runs.ts';
import { type ExchangeBudget, headLookupCost } from './exchange-budget.ts';
import {
  type FrontierMessageOf,
  lengthOfLength,
  MAX_WANTED,
  partOverhead,
  tagLength,
  verticesOverhead,
} from './frontier-message.ts';
import type { ArrivedRun } from './given-ledger.ts';
import { createPartShelf } from './part-shelf.ts';
import { fail, read, readHeld, send, type Work } from './work.ts';

/** Takes in what the other side gives, and asks for what stays missing (PIP-1003 §13). */
export interface VertexTaker {
  readonly progress: number;
  /** A vertex that has begun to come; the greeting names it. */
  readonly begun: { readonly tag: Uint8Array; readonly length: number } | undefined;
  /** What came, for the other side to know. */
  readonly arrived: ArrivedRun | undefined;
  /** Another machine gives over there: its numbers are others. */
  forgetNumbers(): void;
  /** A new greeting was sent: counting begins anew. */
  greeted(epoch: Uint8Array): void;
  onVertices(message: FrontierMessageOf<'vertices'>): Work;
  onPart(message: FrontierMessageOf<'part'>): Work;
  /**
   * The other side has nothing more. Resolves to what to do now: `wait` for
   * what was asked for, `again` greet, or be `content`.
   */
  onDone(toldHeads: readonly VertexId[], peerMessageLength: number): Work<DoneOutcome>;
}

/** What comes after a `done`. */
export type DoneOutcome = 'wait' | 'again' | 'content';

/** What taking needs. */
export interface TakerContext {
  readonly space: SpaceId;
  readonly source: string;
  readonly windowBytes: number;
  /** Bytes that the other side lets be under way. */
  readonly sharedWindow: () => number;
  readonly budget: ExchangeBudget;
  /** These vertices came from the other side. */
  readonly onTaken: (ids: readonly VertexId[]) => void;
}

/** Refusals of bytes that no honest replica holds, whatever the gate says. */
const faults: ReadonlySet<string> = new Set([
  'dag/vertex-too-large',
  'dag/vertex-malformed',
  'dag/parents-unordered',
  'dag/wrong-time',
  'dag/own-parent',
  'dag/redundant-parent',
]);

/** Rounds of asking for missing parents in one greeting. */
const repairRounds = 16;

/** The side of one machine that takes. */
export function createVertexTaker(deps: HashDep, context: TakerContext): VertexTaker {
  const { space, source, windowBytes, sharedWindow, budget, onTaken } = context;
  const parts = createPartShelf(windowBytes);
  const runs: ArrivedRuns = createArrivedRuns();
  let epoch: Uint8Array = new Uint8Array(0);
  let received = 0;
  let reported = 0;
  let gained = 0;
  let rounds = 0;
  let asked = new Set<string>();
  let progress = 0;

  /** True when the replica holds all of them now. */
  function* admit(encodings: readonly Uint8Array[]): Work<boolean> {
    const reply = yield { kind: 'admit', encodings };
    if (reply.what !== 'admitted') return false;
    const { receipt } = reply;
    yield* judge(receipt, encodings);
    if (receipt.parked > 0 || receipt.refused.length > 0) return false;
    if (receipt.duplicates === 0) return true;
    // What waits for parents is a duplicate, too.
    const ids = idsOf(encodings);
    return (yield* readHeld(ids)).length === encodings.length;
  }

  function idsOf(encodings: readonly Uint8Array[]): readonly VertexId[] {
    return encodings.flatMap((bytes) => {
      const vertex = decodeVertex(deps, space, bytes);
      return vertex.ok ? [vertex.value.id] : [];
    });
  }

  function* judge(receipt: Receipt, encodings: readonly Uint8Array[]): Work {
    const { added, refused } = receipt;
    const fault = refused.find(
      ({ failure, source: from }) => from === source && faults.has(failure.code),
    );
    if (fault !== undefined) yield* fail('dag/bad-sync-vertex', { reason: fault.failure.code });
    if (added.length === 0) return;
    progress += added.length;
    gained += added.length;
    const length = encodings.reduce((sum, bytes) => sum + bytes.length, 0);
    budget.gain(4 * Math.ceil((length * added.length) / encodings.length));
    onTaken(broughtIds(receipt, encodings));
  }

  /**
   * What was added less what had only waited: that may have come from somebody
   * else, and then the other side does not hold it.
   */
  function broughtIds(receipt: Receipt, encodings: readonly Uint8Array[]): readonly VertexId[] {
    const { added, duplicates, parked, refused } = receipt;
    const outcomes = added.length + duplicates + parked + refused.length;
    if (outcomes === encodings.length) return added;
    const brought = new Set(idsOf(encodings).map(bytesToKey));
    return added.filter((id) => brought.has(bytesToKey(id)));
  }

  function* report(): Work {
    const arrived = runs.newest;
    if (arrived === undefined || received - reported < sharedWindow() / 2) return;
    reported = received;
    yield* send({ type: 'more', epoch, arrived });
  }

  return {
    get progress() {
      return progress;
    },
    get begun() {
      return parts.begun;
    },
    get arrived() {
      return runs.newest;
    },
    forgetNumbers: () => runs.clear(),
    greeted(newEpoch) {
      epoch = newEpoch;
      received = 0;
      reported = 0;
      gained = 0;
      rounds = 0;
      asked = new Set();
    },
    *onVertices({ number, encodings }) {
      for (const { length } of encodings) received += lengthOfLength(length) + length;
      received += verticesOverhead;
      runs.add(number, yield* admit(encodings));
      yield* report();
    },
    *onPart(message) {
      received += partOverhead + message.bytes.length;
      const isLast = message.offset + message.bytes.length === message.total;
      const outcome = parts.add(message);
      let isHeld = !isLast && outcome !== 'full';
      if (outcome === 'bad') yield* fail('dag/bad-sync-message', { what: 'part' });
      if (outcome === 'more' || outcome instanceof Uint8Array) progress += 1;
      if (outcome instanceof Uint8Array) {
        const vertex = decodeVertex(deps, space, outcome);
        if (!vertex.ok) {
          yield* fail('dag/bad-sync-vertex', { reason: vertex.error.code });
        } else if (!equalBytes(vertex.value.id.subarray(0, tagLength), message.tag)) {
          yield* fail('dag/bad-sync-vertex', { reason: 'dag/wrong-id' });
        }
        isHeld = yield* admit([outcome]);
      }
      runs.add(message.number, isHeld);
      yield* report();
    },
    *onDone(toldHeads, peerMessageLength) {
      const { ids } = yield* read({
        kind: 'read',
        what: 'missing',
        limit: MAX_WANTED + asked.size,
      });
      if (!budget.spend(headLookupCost * toldHeads.length)) yield* fail('dag/sync-exhausted');
      const held = new Set((yield* readHeld(toldHeads)).map(bytesToKey));
      const lacking = toldHeads.filter((id) => !held.has(bytesToKey(id)));
      const fresh = [...ids, ...lacking].filter((id) => !asked.has(bytesToKey(id)));
      if (fresh.length === 0) return 'content';
      if (rounds === repairRounds) {
        return gained > 0 ? 'again' : 'content';
      }
      rounds += 1;
      const unique = [...new Map(fresh.map((id) => [bytesToKey(id), id]))].slice(0, MAX_WANTED);
      for (const [key] of unique) asked.add(key);
      const perMessage = Math.floor((peerMessageLength - 9) / 32);
      for (let at = 0; at < unique.length; at += perMessage) {
        const some = unique.slice(at, at + perMessage).map(([, id]) => id);
        yield* send({ type: 'want', epoch, ids: some });
      }
      return 'wait';
    },
  };
}

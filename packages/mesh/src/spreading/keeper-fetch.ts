import { compareBytes, hex, ParsError } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import type { MeshFailure } from '../errors.ts';
import { type Parcel, type ParcelNetwork, parcelFromBytes } from '../parcel/index.ts';
import { tagLength } from '../parcel/parcel-header.ts';
import { decodeKeeperMessage, encodeKeeperMessage, maxAskedTags } from './keeper-message.ts';

/** What the owner of a fetching side has to do (PIP-1008 §13). */
export type FetchEffect =
  | { readonly kind: 'send'; readonly keeper: string; readonly message: Uint8Array }
  /** A parcel for a wanted tag. Its bytes are whole; postage and lifetime are the store's to judge. */
  | { readonly kind: 'fetched'; readonly parcel: Parcel }
  | { readonly kind: 'misbehaved'; readonly keeper: string; readonly failure: MeshFailure };

/** Asks the keepers of a shard for wanted tags among dummies, the same number every time. */
export interface KeeperFetch {
  /** Wants the parcel with this tag of 32 bytes. False when too many are wanted. */
  want(tag: Uint8Array): boolean;
  unwant(tag: Uint8Array): void;
  /** While locked, only dummies are asked for; what is wanted waits. */
  setLocked(isLocked: boolean): void;
  /**
   * The schedule's slot: one question to one of the keepers (names, the nearest
   * first), always of the same length. The schedule comes from outside, at a
   * constant rate, whatever is wanted.
   */
  slot(keepers: readonly string[], nowMs: number): readonly FetchEffect[];
  receive(keeper: string, message: Uint8Array, nowMs: number): readonly FetchEffect[];
  readonly wantedCount: number;
}

/** What a fetching side is built on. */
export interface FetchDeps {
  readonly symmetric: SymmetricPrimitives;
  readonly network: ParcelNetwork;
  /**
   * Tags to hide among, 32 bytes each, exactly as many as asked for: tags that the
   * shard is known to hold as far as there are any, random ones besides.
   */
  readonly dummies: (count: number) => readonly Uint8Array[];
}

/** Values of the network. */
export interface FetchOptions {
  /** Tags of every question, 2 to 64; default 16. At most half of them are wanted ones. */
  readonly tagsPerSlot?: number;
  /** Wanted tags at once; default 4,096. */
  readonly maxWanted?: number;
}

/** Questions that may still be answered; an older one is forgotten. */
const maxOpenQuestions = 8;

interface Question {
  readonly keeper: string;
  readonly tags: ReadonlySet<string>;
  /** Answers that may still come; unknown before the first. */
  left: number | undefined;
}

/** A fetching side that wants nothing. Options out of range throw `mesh/argument`. */
export function createKeeperFetch(deps: FetchDeps, options: FetchOptions = {}): KeeperFetch {
  const { tagsPerSlot = 16, maxWanted = 4_096 } = options;
  if (!Number.isInteger(tagsPerSlot) || tagsPerSlot < 2 || tagsPerSlot > maxAskedTags) {
    throw new ParsError('mesh/argument', { what: 'tagsPerSlot' });
  }
  /** In the order of asking: what was asked for goes to the end. */
  const wanted = new Map<string, Uint8Array>();
  const questions = new Map<number, Question>();
  /** Slots since a keeper answered, of those that were asked. */
  const silences = new Map<string, number>();
  let lastQuestion = 0;
  let turn = 0;
  let isLocked = false;

  function takeWanted(): readonly Uint8Array[] {
    if (isLocked) return [];
    const taken = [...wanted].slice(0, Math.floor(tagsPerSlot / 2));
    for (const [key, tag] of taken) {
      wanted.delete(key);
      wanted.set(key, tag);
    }
    return taken.map(([, tag]) => tag);
  }

  /** Each in its turn; one that was silent lately is passed over unless all were. */
  function nextKeeper(keepers: readonly string[]): string | undefined {
    turn += 1;
    const inTurn = keepers.map((_, place) => keepers[(turn + place) % keepers.length] ?? '');
    const least = Math.min(...inTurn.map((keeper) => silences.get(keeper) ?? 0));
    return inTurn.find((keeper) => (silences.get(keeper) ?? 0) === least);
  }

  return {
    get wantedCount() {
      return wanted.size;
    },
    want(tag) {
      if (tag.length !== tagLength) throw new ParsError('mesh/argument', { what: 'tag' });
      const key = hex.encode(tag);
      if (!wanted.has(key) && wanted.size >= maxWanted) return false;
      wanted.set(key, tag.slice());
      return true;
    },
    unwant(tag) {
      wanted.delete(hex.encode(tag));
    },
    setLocked(now) {
      isLocked = now;
    },
    slot(keepers) {
      const keeper = nextKeeper(keepers);
      if (keeper === undefined) return [];
      const own = takeWanted();
      // Sorted, so that the place of a tag does not tell whose it is.
      const tags = [...own, ...deps.dummies(tagsPerSlot - own.length)].toSorted(compareBytes);
      if (tags.length !== tagsPerSlot) throw new ParsError('mesh/argument', { what: 'dummies' });
      lastQuestion = (lastQuestion + 1) >>> 0;
      const [oldest] = questions.keys();
      if (oldest !== undefined && questions.size >= maxOpenQuestions) questions.delete(oldest);
      const keys = new Set(tags.map((tag) => hex.encode(tag)));
      questions.set(lastQuestion, { keeper, tags: keys, left: undefined });
      for (const known of silences.keys()) if (!keepers.includes(known)) silences.delete(known);
      silences.set(keeper, (silences.get(keeper) ?? 0) + 1);
      const message = encodeKeeperMessage({ type: 'ask', question: lastQuestion, tags });
      return [{ kind: 'send', keeper, message }];
    },
    receive(keeper, bytes) {
      const message = decodeKeeperMessage(bytes);
      if (!message.ok) return refuse(keeper, message.error);
      const { type } = message.value;
      if (type !== 'found' && type !== 'end') return refuse(keeper, badMessage('type'));
      const question = questions.get(message.value.question);
      // The answer to a forgotten question is late, not false.
      if (question === undefined) return [];
      if (question.keeper !== keeper) return refuse(keeper, badMessage('question'));
      silences.set(keeper, 0);
      if (message.value.type === 'end') {
        questions.delete(message.value.question);
        return [];
      }
      const { left } = message.value;
      const isInOrder = question.left === undefined || left === question.left - 1;
      const parcel = parcelFromBytes(deps.symmetric, deps.network, message.value.parcel);
      if (!isInOrder || left >= tagsPerSlot) return refuse(keeper, badMessage('left'));
      if (!parcel.ok) return refuse(keeper, parcel.error);
      question.left = left;
      if (left === 0) questions.delete(message.value.question);
      const key = hex.encode(parcel.value.header.tag);
      if (!question.tags.has(key)) return refuse(keeper, badMessage('tag'));
      // Dummies that were there, and what came twice.
      if (!wanted.delete(key)) return [];
      return [{ kind: 'fetched', parcel: parcel.value }];
    },
  };
}

function refuse(keeper: string, failure: MeshFailure): readonly FetchEffect[] {
  return [{ kind: 'misbehaved', keeper, failure }];
}

function badMessage(what: string): MeshFailure {
  return { code: 'mesh/bad-keeper-message', meta: { what } };
}

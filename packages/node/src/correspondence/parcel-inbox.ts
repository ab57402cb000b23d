import { type Cancel, ok } from '@pars/base';
import { type ParcelId, parcelHeaderLength, parcelIds, type WantedTags } from '@pars/mesh';
import { computeReceipt, type NotedReceipt, openReceiptNote, type SessionId } from '@pars/session';
import type { Carrier } from '../carrier/carrier.ts';
import { settleReceipt } from '../delivery/settle-receipt.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import { takeCarriedLetter } from '../inbound/letter-service.ts';
import { MAX_OWED_RECEIPTS } from '../limits.ts';
import type { Profile } from '../profile/profile.ts';
import { outgoingKey } from '../profile/records.ts';
import type { Transaction } from '../profile/transaction.ts';
import { createSerialQueue } from '../serial-queue.ts';
import type { TaskSet } from '../task-set.ts';
import { findTagged } from './find-tagged.ts';
import { markRead, replaceLane } from './lane.ts';
import { createTagWatch, type TagPlace } from './tag-watch.ts';

/** What was found among the carried parcels. */
export interface Found {
  /** Messages that were not here before. */
  readonly messages: number;
  /** Own messages that are now known to be delivered. */
  readonly delivered: number;
}

/** Finds and opens what is for this person among the parcels that the node carries (PIP-5000 §12). */
export interface ParcelInbox {
  /** Looks through everything that is carried. */
  readAll(): Promise<Found>;
  /** Reads one parcel that the store has no room for, if it is for this person. */
  readLoose(parcel: Uint8Array): void;
  /** A contact has a new lane, or a day has passed. */
  refresh(): void;
  /**
   * Puts off the reading of what comes in until the returned function is
   * called: the parcels of a bundle are read together, in their order.
   */
  hold(): () => void;
}

/** An inbox of this profile. It stops when the profile is closed. */
export function createParcelInbox(
  deps: NodeEngineDeps & {
    readonly carrier: Carrier;
    readonly events: EventHub;
    readonly tasks: TaskSet;
    /** Called when receipts are owed. */
    readonly onOwed: () => void;
    /** Called with the tags that are waited for, whenever they may have changed. */
    readonly onWanted: (tags: WantedTags) => void;
  },
  profile: Profile,
): ParcelInbox {
  const { carrier, clock, log, metrics, scheduler, suite, tasks } = deps;
  const queue = createSerialQueue();
  const watch = createTagWatch(suite);
  /** Parcels that carry a tag of ours and did not open: copies by others, or for a key that is gone. */
  const unreadable = new Set<string>();
  let holds = 0;
  let firstArrivalMs: number | undefined;
  let cancelRead: Cancel | undefined;

  const stopListening = carrier.onStored(({ bytes }) => {
    if (watch.find(tagOf(bytes)) !== undefined) readSoon();
  });
  profile.signal.addEventListener('abort', () => {
    stopListening();
    cancelRead?.();
    watch.clear();
  });

  /** When nothing came for a moment, so that a heap of letters is read in its order. */
  function readSoon(): void {
    if (profile.signal.aborted || holds > 0) return;
    const nowMs = clock.monotonicMs();
    firstArrivalMs ??= nowMs;
    if (cancelRead !== undefined && nowMs - firstArrivalMs >= LONGEST_GATHERING_MS) return;
    cancelRead?.();
    cancelRead = scheduler.schedule(GATHERING_MS, () => {
      cancelRead = undefined;
      firstArrivalMs = undefined;
      tasks.start('node/reading-parcels-failed', async () => {
        try {
          await readAll();
        } catch (error) {
          // Locked in the middle: the keys are gone, and everything is still there.
          if (!profile.signal.aborted) throw error;
        }
      });
    });
  }

  function readAll(): Promise<Found> {
    return queue.run(async () => {
      const found = { messages: 0, delivered: 0, owed: 0 };
      for (const { sessionId } of [...profile.correspondences.values()]) {
        if (profile.signal.aborted) break;
        await readFrom(sessionId, found);
        // Others want to be served in between.
        await scheduler.sleep(0);
      }
      if (!profile.signal.aborted) deps.onWanted(watch.wanted());
      if (found.owed > 0) deps.onOwed();
      return { messages: found.messages, delivered: found.delivered };
    });
  }

  async function readFrom(sessionId: SessionId, found: Tally): Promise<void> {
    const tried = new Set<string>();
    // Reading some lets the watch look further: until nothing more is found.
    for (;;) {
      const record = profile.correspondences.get(sessionId);
      if (record === undefined || profile.signal.aborted) return;
      watch.refresh(record, clock.nowMs());
      const tags = watch.placesOf(sessionId).map(({ tag }) => tag);
      const entries = await findTagged(await carrier.open(), tags, MAX_FOUND);
      const candidates = entries
        .filter(({ id }) => !unreadable.has(parcelIds.toText(id)))
        .filter(({ id }) => !tried.has(parcelIds.toText(id)))
        .map(({ id, tag }) => ({ id, place: watch.find(tag) }))
        .filter((one): one is Candidate => one.place !== undefined)
        .toSorted(compareCandidates);
      if (candidates.length === 0) return;
      for (const candidate of candidates) {
        if (profile.signal.aborted) return;
        tried.add(parcelIds.toText(candidate.id));
        await readOne(candidate, found);
      }
    }
  }

  async function readOne({ id, place }: Candidate, found: Tally): Promise<void> {
    // An earlier one of the same tag may have been read a moment ago.
    if (watch.find(place.tag) === undefined) return;
    const parcel = await (await carrier.open()).get(id);
    const body = parcel?.subarray(parcelHeaderLength);
    const isRead = body !== undefined && (await readBody(body, place, found));
    if (isRead) {
      const record = profile.correspondences.get(place.sessionId);
      if (record !== undefined) watch.refresh(record, clock.nowMs());
      return;
    }
    if (unreadable.size >= MAX_UNREADABLE) unreadable.clear();
    unreadable.add(parcelIds.toText(id));
  }

  async function readBody(body: Uint8Array, place: TagPlace, found: Tally): Promise<boolean> {
    const note = await openReceiptNote(suite, { tags: place.tags, tag: place.tag, body });
    if (note.ok) return await settleReceipts(note.value, place, found);
    const taken = await takeCarriedLetter(
      deps,
      profile,
      body,
      place.sessionId,
      (transaction, { messageId, receiptKey }) => {
        noteRead(transaction, place);
        if (profile.owedReceipts.size >= MAX_OWED_RECEIPTS) return;
        found.owed += 1;
        transaction.put({
          type: 'owedReceipt',
          to: place.sessionId,
          messageId,
          receipt: computeReceipt(suite, receiptKey, messageId),
          createdAtMs: Math.max(0, Math.floor(clock.nowMs())),
        });
      },
    );
    if (!taken.ok) {
      log.write('info', 'node/parcel-not-opened', { code: taken.error.code });
      return false;
    }
    metrics.count('node/letters-received');
    if (taken.value === 'new') found.messages += 1;
    return true;
  }

  async function settleReceipts(
    receipts: readonly NotedReceipt[],
    place: TagPlace,
    found: Tally,
  ): Promise<boolean> {
    const settled = await profile.transact(async (transaction) => {
      noteRead(transaction, place);
      let count = 0;
      for (const { messageId, receipt } of receipts) {
        const outgoing = profile.outgoing.get(outgoingKey(place.sessionId, messageId));
        if (outgoing === undefined) continue;
        if (await settleReceipt(deps, profile, transaction, outgoing, receipt)) count += 1;
      }
      return ok(count);
    });
    if (settled.ok) found.delivered += settled.value;
    return settled.ok;
  }

  function noteRead(transaction: Transaction, { day, number, secret, sessionId }: TagPlace): void {
    const record = profile.correspondences.get(sessionId);
    const lane = record?.lanes.find((known) => known.secret === secret);
    if (record === undefined || lane === undefined) return;
    transaction.put(replaceLane(record, markRead(lane, { day, number }, clock.nowMs())));
  }

  return {
    readAll,
    readLoose(parcel) {
      if (watch.find(tagOf(parcel)) === undefined) return;
      tasks.start('node/reading-parcels-failed', () =>
        queue.run(async () => {
          const place = watch.find(tagOf(parcel));
          if (place === undefined || profile.signal.aborted) return;
          const found = { messages: 0, delivered: 0, owed: 0 };
          await readBody(parcel.subarray(parcelHeaderLength), place, found);
          const record = profile.correspondences.get(place.sessionId);
          if (record !== undefined) watch.refresh(record, clock.nowMs());
          deps.onWanted(watch.wanted());
          if (found.owed > 0) deps.onOwed();
        }),
      );
    },
    refresh: readSoon,
    hold() {
      holds += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        holds -= 1;
        readSoon();
      };
    },
  };
}

interface Candidate {
  readonly id: ParcelId;
  readonly place: TagPlace;
}

interface Tally {
  messages: number;
  delivered: number;
  owed: number;
}

/** The order in which the other side wrote. */
function compareCandidates(a: Candidate, b: Candidate): number {
  return a.place.day - b.place.day || a.place.number - b.place.number;
}

function tagOf(parcel: Uint8Array): Uint8Array {
  return parcel.subarray(TAG_OFFSET, TAG_OFFSET + TAG_BYTES);
}

/** Where the tag lies in a parcel (PIP-1002 §2). */
const TAG_OFFSET = 12;
const TAG_BYTES = 32;
const GATHERING_MS = 300;
const LONGEST_GATHERING_MS = 10_000;
/** Parcels that are looked at in one step; copies by others count. */
const MAX_FOUND = 4_096;
const MAX_UNREADABLE = 10_000;

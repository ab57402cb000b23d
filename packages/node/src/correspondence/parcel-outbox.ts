import {
  type Cancel,
  type Clock,
  err,
  type Failure,
  type Log,
  type Metrics,
  ok,
  type Random,
  type Result,
  type Scheduler,
} from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type ParcelId, type ParcelStore, parcelIds } from '@pars/mesh';
import { MAX_NOTED_RECEIPTS, type SessionId, sealReceiptNote } from '@pars/session';
import type { Carrier } from '../carrier/carrier.ts';
import type { LetterSender } from '../delivery/letter-sender.ts';
import { LETTER_LIFE_MS, MAX_SENT_NOTES } from '../limits.ts';
import type { Profile } from '../profile/profile.ts';
import { type OutgoingRecord, type OwedReceiptRecord, recordKey } from '../profile/records.ts';
import { createSerialQueue } from '../serial-queue.ts';
import { codeOf, type TaskSet } from '../task-set.ts';
import { type PreparedParcel, prepareParcel, releaseParcel } from './parcel-writer.ts';

/** What was made of that which waited. */
export interface Packed {
  /** Letters, cards among them, and notes of receipts. */
  readonly parcels: number;
  /** Contacts for whom letters wait that cannot travel as parcels. */
  readonly directOnly: readonly SessionId[];
  /** What could not be made into a parcel now and waits on: no room, no tags left today. */
  readonly left: number;
}

/** Makes parcels of what could not be handed over directly (PIP-5000 §12). */
export interface ParcelOutbox {
  /** Something new waits, or time has passed: look what is due. */
  kick(): void;
  /**
   * Makes parcels of everything that waits and is in none, for these contacts
   * or for all, without waiting for a direct link first. Codes: `node/locked`,
   * `node/transfer-ended`.
   */
  packAll(
    contacts: ReadonlySet<SessionId> | undefined,
    signal: AbortSignal,
    onPacked?: () => void,
  ): Promise<Result<Packed, Failure>>;
  /** Parcels of letters that wait for their receipts, oldest first. */
  awaited(): readonly ParcelId[];
  /** Whether a letter in this parcel waits for its receipt. */
  isAwaited(id: ParcelId): boolean;
  /** So many keepers have proved to have this parcel; 0 when its time is over. */
  noteStored(id: ParcelId, by: number): Promise<void>;
  /** A carrier took the parcels with these ids, as texts: letters in them are shown as handed over. */
  markHandedOver(taken: ReadonlySet<string>): Promise<void>;
}

/** An outbox of this profile. It stops when the profile is closed. */
export function createParcelOutbox(
  deps: {
    readonly suite: Suite;
    readonly clock: Clock;
    readonly scheduler: Scheduler;
    readonly random: Random;
    readonly log: Log;
    readonly metrics: Metrics;
    readonly tasks: TaskSet;
    readonly carrier: Carrier;
    readonly letters: LetterSender;
    /** Called when a parcel has left for the own store, after what belongs to it was noted. */
    readonly onReleased: (id: ParcelId) => void;
    /** Milliseconds for which a letter needs no parcel: the recipient's node has it. */
    readonly heldForMs: (outgoing: OutgoingRecord) => number;
  },
  profile: Profile,
): ParcelOutbox {
  const { carrier, clock, heldForMs, letters, log, metrics, scheduler, tasks } = deps;
  const queue = createSerialQueue();
  let outgoingByParcel = listByParcel(profile);
  let cancelWake: Cancel | undefined;
  let notBeforeMs = 0;
  /** Parcels are ready and wait for the vault. */
  let isWaiting = false;
  profile.signal.addEventListener('abort', () => cancelWake?.());

  function kick(): void {
    if (profile.signal.aborted) return;
    cancelWake?.();
    cancelWake = scheduler.schedule(delayUntilDue(), () => {
      cancelWake = undefined;
      tasks.start('node/packing-failed', async () => {
        try {
          await queue.run(packDue);
        } catch (error) {
          notBeforeMs = clock.monotonicMs() + PAUSE_AFTER_FAILURE_MS;
          if (!profile.signal.aborted) throw error;
        } finally {
          kick();
        }
      });
    });
  }

  function delayUntilDue(): number {
    const nowMs = clock.nowMs();
    const due = [
      ...[...profile.outgoing.values()]
        .filter(canTravel)
        .map((outgoing) => Math.max(dueMs(outgoing) - nowMs, heldForMs(outgoing))),
      ...[...profile.owedReceipts.values()].map((owed) => receiptDueMs(owed) - nowMs),
    ];
    // A first look after an hour at most: clocks are set.
    const soonest = Math.min(LONGEST_SLEEP_MS, ...due);
    return Math.max(soonest, notBeforeMs - clock.monotonicMs(), LEAST_SLEEP_MS);
  }

  async function packDue(): Promise<void> {
    const nowMs = clock.nowMs();
    outgoingByParcel = listByParcel(profile);
    const parcels = await carrier.open();
    const waiting = [...profile.outgoing.values()].filter(
      (outgoing) =>
        canTravel(outgoing) &&
        heldForMs(outgoing) === 0 &&
        (dueMs(outgoing) <= nowMs || (isOldEnough(outgoing, nowMs) && !isHeld(outgoing, parcels))),
    );
    const receipts = [...profile.owedReceipts.values()].filter(
      (owed) => receiptDueMs(owed) <= nowMs,
    );
    const { durable, signal } = profile;
    const { left } = await pack(waiting, { durable, receipts, signal });
    if (left > 0) notBeforeMs = clock.monotonicMs() + PAUSE_AFTER_FAILURE_MS;
  }

  /**
   * Letters in their order, then the receipts that are owed, some at a time: one
   * wait for the vault, then they leave. What fails for one contact does not
   * hold up the others.
   */
  async function pack(
    waiting: readonly OutgoingRecord[],
    how: PackingWay,
  ): Promise<{ readonly count: number; readonly left: number }> {
    const { contacts, receipts, signal } = how;
    const failed = new Set<SessionId>();
    let count = 0;
    let left = 0;
    let ready: ReadyParcel[] = [];

    async function attempt(
      to: SessionId,
      work: () => Promise<Result<ReadyParcel | undefined, Failure>>,
    ): Promise<void> {
      signal.throwIfAborted();
      const made = await work();
      if (!made.ok) return giveUp(to, made.error);
      if (made.value !== undefined) ready.push(made.value);
      if (ready.length >= MOST_AT_ONCE) await release();
    }
    function giveUp(to: SessionId, { code }: Failure): void {
      left += 1;
      failed.add(to);
      log.write('info', 'node/parcel-not-made', { code });
    }
    /** Tags are used up and receipts are true whatever happens now: the parcels may leave. */
    async function release(): Promise<void> {
      if (ready.length === 0) return;
      const leaving = ready;
      ready = [];
      isWaiting = true;
      const durable = await how.durable().finally(() => {
        isWaiting = false;
      });
      for (const { isWanted, parcel, settle, to } of leaving) {
        signal.throwIfAborted();
        // Delivered meanwhile: the number is used up, and that is all.
        if (durable.ok && !isWanted()) continue;
        // A later letter would pass the earlier one.
        if (failed.has(to)) left += 1;
        else {
          const kept = durable.ok ? await releaseParcel(carrier, parcel) : durable;
          if (!kept.ok) giveUp(to, kept.error);
          else {
            await settle();
            deps.onReleased(parcel.id);
            count += 1;
            how.onPacked?.();
          }
        }
      }
    }

    for (const outgoing of waiting) {
      if (!profile.outgoing.has(recordKey(outgoing))) continue;
      if (failed.has(outgoing.to)) left += 1;
      else await attempt(outgoing.to, () => packLetter(outgoing, signal));
    }
    for (const to of new Set(receipts.map((owed) => owed.to))) {
      if (contacts !== undefined && !contacts.has(to)) continue;
      const owed = receipts.filter((receipt) => receipt.to === to);
      await attempt(to, () => packReceipts(to, owed, signal));
    }
    await release();
    return { count, left };
  }

  async function packLetter(
    outgoing: OutgoingRecord,
    signal: AbortSignal,
  ): Promise<Result<ReadyParcel, Failure>> {
    const { to } = outgoing;
    const contact = profile.contacts.get(to);
    if (contact === undefined) return err('session/no-contact');
    const letter = await letters.seal(outgoing, contact);
    if (!letter.ok) return letter;
    const made = await prepareParcel(deps, profile, to, async () => letter, signal);
    if (!made.ok) return made;
    const parcel = made.value;
    async function settle(): Promise<void> {
      metrics.count('node/letters-packed');
      await profile.transact(async (transaction) => {
        // It may have been delivered, or shown as handed over, meanwhile.
        const current = profile.outgoing.get(recordKey(outgoing));
        if (current === undefined) return ok(undefined);
        const parcelAtMs = Math.max(0, Math.floor(clock.nowMs()));
        const { storedBy: _ofTheOneBefore, ...rest } = current;
        transaction.put({ ...rest, parcelAtMs, parcelId: parcel.id });
        const text = parcelIds.toText(parcel.id);
        transaction.afterwards(() => outgoingByParcel.set(text, recordKey(outgoing)));
        return ok(undefined);
      });
    }
    const isWanted = (): boolean => profile.outgoing.has(recordKey(outgoing));
    return ok({ to, parcel, isWanted, settle });
  }

  async function packReceipts(
    to: SessionId,
    all: readonly OwedReceiptRecord[],
    signal: AbortSignal,
  ): Promise<Result<ReadyParcel | undefined, Failure>> {
    const owed = all.slice(0, MAX_NOTED_RECEIPTS);
    async function settle(parcel: PreparedParcel | undefined): Promise<void> {
      await profile.transact(async (transaction) => {
        for (const receipt of owed) transaction.remove(receipt);
        if (parcel === undefined || profile.sentNotes.size >= MAX_SENT_NOTES) return ok(undefined);
        const createdAtMs = Math.max(0, Math.floor(clock.nowMs()));
        transaction.put({ type: 'sentNote', parcelId: parcel.id, createdAtMs });
        return ok(undefined);
      });
    }
    const made = await prepareParcel(
      deps,
      profile,
      to,
      async (place) => ok(await sealReceiptNote(deps, { ...place, receipts: owed })),
      signal,
    );
    const isWanted = (): boolean =>
      owed.some((receipt) => profile.owedReceipts.has(recordKey(receipt)));
    if (made.ok) {
      const { value: parcel } = made;
      return ok({ to, parcel, isWanted, settle: () => settle(parcel) });
    }
    if (made.error.code !== 'node/direct-only') return made;
    // Who has no correspondence any more asks again with the letter.
    await settle(undefined);
    return ok(undefined);
  }

  function canTravel({ to }: OutgoingRecord): boolean {
    return profile.correspondences.has(to);
  }

  return {
    kick,
    async packAll(contacts, signal, onPacked) {
      const both = AbortSignal.any([signal, profile.signal]);
      const waiting = [...profile.outgoing.values()].filter(
        ({ to }) => contacts === undefined || contacts.has(to),
      );
      // What is ready waits for a tick otherwise, and this behind it.
      if (isWaiting) void profile.durableNow();
      const packed = await queue.run(async () => {
        const parcels = await carrier.open();
        // Made before and gone from the store: others had more to say there.
        const missing = waiting.filter(
          (outgoing) => canTravel(outgoing) && !isHeld(outgoing, parcels),
        );
        try {
          const receipts = [...profile.owedReceipts.values()];
          const { durableNow: durable } = profile;
          const how = { contacts, durable, receipts, signal: both };
          return ok(await pack(missing, onPacked === undefined ? how : { ...how, onPacked }));
        } catch (error) {
          if (!both.aborted) throw error;
          return err(profile.signal.aborted ? 'node/locked' : 'node/transfer-ended');
        }
      });
      if (!packed.ok) return packed;
      const stuck = waiting.filter((outgoing) => outgoing.sequence > 0 && !canTravel(outgoing));
      const { count, left } = packed.value;
      return ok({ parcels: count, directOnly: [...new Set(stuck.map(({ to }) => to))], left });
    },
    awaited: () => [...profile.outgoing.values()].flatMap((outgoing) => idOf(outgoing) ?? []),
    isAwaited(id) {
      const key = outgoingByParcel.get(parcelIds.toText(id));
      return key !== undefined && profile.outgoing.has(key);
    },
    async noteStored(id, by) {
      const outgoing = profile.outgoing.get(outgoingByParcel.get(parcelIds.toText(id)) ?? '');
      if (outgoing !== undefined) await letters.noteStored(outgoing, id, by);
    },
    async markHandedOver(taken) {
      for (const text of taken) {
        const outgoing = profile.outgoing.get(outgoingByParcel.get(text) ?? '');
        if (outgoing === undefined) continue;
        await letters.settle(outgoing, 'handed-over').catch((error: unknown) => {
          log.write('error', 'node/packing-failed', { code: codeOf(error) });
        });
      }
    },
  };
}

/** How parcels are made. */
interface PackingWay {
  /** Only for these; for all when absent. */
  readonly contacts?: ReadonlySet<SessionId> | undefined;
  readonly receipts: readonly OwedReceiptRecord[];
  readonly durable: () => Promise<Result<void, Failure>>;
  readonly signal: AbortSignal;
  readonly onPacked?: () => void;
}

/** A parcel that leaves with the next flush, and what is noted when it has left. */
interface ReadyParcel {
  readonly to: SessionId;
  readonly parcel: PreparedParcel;
  readonly isWanted: () => boolean;
  readonly settle: () => Promise<void>;
}

/** Receipts of letters that came over a link go back over one, if any comes. */
function receiptDueMs({ createdAtMs, isDirect }: OwedReceiptRecord): number {
  return createdAtMs + (isDirect === true ? DIRECT_RECEIPT_PATIENCE_MS : GATHER_RECEIPTS_MS);
}

/**
 * When a waiting letter is made into a parcel: soon after a direct link did not
 * take it, and once more when half of its life is over. A card waits a day, since
 * every start at another address makes one.
 */
function dueMs({ createdAtMs, parcelAtMs, sequence }: OutgoingRecord): number {
  if (parcelAtMs !== undefined) {
    const againMs = parcelAtMs + AGAIN_AFTER_MS;
    return againMs - createdAtMs < LETTER_LIFE_MS ? againMs : Infinity;
  }
  return createdAtMs + (sequence === 0 ? CARD_PATIENCE_MS : LETTER_PATIENCE_MS);
}

/** The waiting letters, by the text of the id of their newest parcel. */
function listByParcel(profile: Profile): Map<string, string> {
  return new Map(
    [...profile.outgoing.values()].flatMap((outgoing) => {
      const id = idOf(outgoing);
      return id === undefined ? [] : [[parcelIds.toText(id), recordKey(outgoing)]];
    }),
  );
}

function idOf({ parcelId }: OutgoingRecord): ParcelId | undefined {
  return parcelId as ParcelId | undefined;
}

function isHeld(outgoing: OutgoingRecord, parcels: Pick<ParcelStore, 'has'>): boolean {
  const id = idOf(outgoing);
  return id !== undefined && parcels.has(id);
}

/** Whether a parcel that gave way may be made anew: not at once, or a flood would keep this node busy. */
function isOldEnough({ createdAtMs, parcelAtMs }: OutgoingRecord, nowMs: number): boolean {
  return (
    parcelAtMs !== undefined &&
    nowMs - parcelAtMs >= GONE_PATIENCE_MS &&
    nowMs - createdAtMs < LETTER_LIFE_MS
  );
}

const LETTER_PATIENCE_MS = 15_000;
const CARD_PATIENCE_MS = 86_400_000;
const AGAIN_AFTER_MS = 7 * 86_400_000;
const GONE_PATIENCE_MS = 86_400_000;
const GATHER_RECEIPTS_MS = 2_000;
const DIRECT_RECEIPT_PATIENCE_MS = 150_000;
/** Parcels that wait together, 16 MiB at most. */
const MOST_AT_ONCE = 64;
const LEAST_SLEEP_MS = 100;
const LONGEST_SLEEP_MS = 3_600_000;
const PAUSE_AFTER_FAILURE_MS = 600_000;

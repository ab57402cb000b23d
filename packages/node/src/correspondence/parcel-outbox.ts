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
import { MAX_NOTED_RECEIPTS, type SessionId, sealReceiptNote } from '@pars/session';
import type { Carrier } from '../carrier/carrier.ts';
import type { LetterSender } from '../delivery/letter-sender.ts';
import { LETTER_LIFE_MS } from '../limits.ts';
import type { Profile } from '../profile/profile.ts';
import { type OutgoingRecord, recordKey } from '../profile/records.ts';
import { createSerialQueue } from '../serial-queue.ts';
import { codeOf, type TaskSet } from '../task-set.ts';
import { writeParcel } from './parcel-writer.ts';

/** What was made of that which waited. */
export interface Packed {
  /** Letters, cards among them, and notes of receipts. */
  readonly parcels: number;
  /** Contacts for whom letters wait that cannot travel as parcels. */
  readonly directOnly: readonly SessionId[];
}

/** Makes parcels of what could not be handed over directly (PIP-5000 §12). */
export interface ParcelOutbox {
  /** Something new waits, or time has passed: look what is due. */
  kick(): void;
  /**
   * Makes parcels of everything that waits, for these contacts or for all,
   * without waiting for a direct link first. Codes: those of `writeParcel`.
   */
  packAll(
    contacts: ReadonlySet<SessionId> | undefined,
    signal: AbortSignal,
    onPacked?: () => void,
  ): Promise<Result<Packed, Failure>>;
  /** A carrier took all parcels: letters among them are shown as handed over. */
  markHandedOver(): Promise<void>;
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
  },
  profile: Profile,
): ParcelOutbox {
  const { clock, letters, log, metrics, scheduler, tasks } = deps;
  const queue = createSerialQueue();
  const handedOver = new Set<string>();
  let cancelWake: Cancel | undefined;
  let notBeforeMs = 0;
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
      ...[...profile.outgoing.values()].filter(canTravel).map((outgoing) => dueMs(outgoing)),
      ...[...profile.owedReceipts.values()].map((owed) => owed.createdAtMs + GATHER_RECEIPTS_MS),
    ];
    // A first look after an hour at most: clocks are set.
    const soonest = Math.min(LONGEST_SLEEP_MS, ...due.map((at) => at - nowMs));
    return Math.max(soonest, notBeforeMs - clock.monotonicMs(), LEAST_SLEEP_MS);
  }

  async function packDue(): Promise<void> {
    const nowMs = clock.nowMs();
    const waiting = [...profile.outgoing.values()].filter(
      (outgoing) => canTravel(outgoing) && dueMs(outgoing) <= nowMs,
    );
    const packed = await pack(waiting, profile.signal);
    if (packed.ok) return;
    log.write('info', 'node/parcel-not-made', { code: packed.error.code });
    notBeforeMs = clock.monotonicMs() + PAUSE_AFTER_FAILURE_MS;
  }

  /** Letters in their order, then the receipts that are owed. */
  async function pack(
    waiting: readonly OutgoingRecord[],
    signal: AbortSignal,
    contacts?: ReadonlySet<SessionId>,
    onPacked?: () => void,
  ): Promise<Result<number, Failure>> {
    let count = 0;
    for (const outgoing of waiting) {
      if (!profile.outgoing.has(recordKey(outgoing))) continue;
      const made = await packLetter(outgoing, signal);
      if (!made.ok) return made;
      count += 1;
      onPacked?.();
    }
    for (const to of new Set([...profile.owedReceipts.values()].map((owed) => owed.to))) {
      if (contacts !== undefined && !contacts.has(to)) continue;
      const made = await packReceipts(to, signal);
      if (!made.ok) return made;
      count += 1;
      onPacked?.();
    }
    return ok(count);
  }

  async function packLetter(
    outgoing: OutgoingRecord,
    signal: AbortSignal,
  ): Promise<Result<void, Failure>> {
    const contact = profile.contacts.get(outgoing.to);
    if (contact === undefined) return err('session/no-contact');
    const letter = await letters.seal(outgoing, contact);
    if (!letter.ok) return letter;
    const made = await writeParcel(deps, profile, outgoing.to, async () => letter, signal);
    if (!made.ok) return made;
    metrics.count('node/letters-packed');
    return await profile.transact(async (transaction) => {
      // It may have been delivered meanwhile.
      if (profile.outgoing.has(recordKey(outgoing))) {
        transaction.put({ ...outgoing, parcelAtMs: Math.max(0, Math.floor(clock.nowMs())) });
      }
      return ok(undefined);
    });
  }

  async function packReceipts(to: SessionId, signal: AbortSignal): Promise<Result<void, Failure>> {
    const owed = [...profile.owedReceipts.values()]
      .filter((receipt) => receipt.to === to)
      .slice(0, MAX_NOTED_RECEIPTS);
    const made = await writeParcel(
      deps,
      profile,
      to,
      async (place) => ok(await sealReceiptNote(deps, { ...place, receipts: owed })),
      signal,
    );
    // Who has no correspondence any more asks again with the letter.
    if (!made.ok && made.error.code !== 'node/direct-only') return made;
    return await profile.transact(async (transaction) => {
      for (const receipt of owed) transaction.remove(receipt);
      return ok(undefined);
    });
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
      const packed = await queue.run(async () => {
        const missing = waiting.filter(
          (outgoing) => canTravel(outgoing) && outgoing.parcelAtMs === undefined,
        );
        try {
          return await pack(missing, both, contacts, onPacked);
        } catch (error) {
          if (!both.aborted) throw error;
          return err(profile.signal.aborted ? 'node/locked' : 'node/transfer-ended');
        }
      });
      if (!packed.ok) return packed;
      const stuck = waiting.filter((outgoing) => outgoing.sequence > 0 && !canTravel(outgoing));
      return ok({ parcels: packed.value, directOnly: [...new Set(stuck.map(({ to }) => to))] });
    },
    async markHandedOver() {
      for (const outgoing of [...profile.outgoing.values()]) {
        const key = recordKey(outgoing);
        if (outgoing.parcelAtMs === undefined || handedOver.has(key)) continue;
        handedOver.add(key);
        await letters.settle(outgoing, 'handed-over').catch((error: unknown) => {
          log.write('error', 'node/packing-failed', { code: codeOf(error) });
        });
      }
    },
  };
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

const LETTER_PATIENCE_MS = 15_000;
const CARD_PATIENCE_MS = 86_400_000;
const AGAIN_AFTER_MS = 7 * 86_400_000;
const GATHER_RECEIPTS_MS = 2_000;
const LEAST_SLEEP_MS = 100;
const LONGEST_SLEEP_MS = 3_600_000;
const PAUSE_AFTER_FAILURE_MS = 600_000;

import { type Cancel, ok, type Scheduler } from '@pars/base';
import type { Suite } from '@pars/crypto';
import {
  type Parcel,
  type ParcelId,
  type ParcelState,
  parcelFromBytes,
  parcelIds,
  type WantedTags,
} from '@pars/mesh';
import type { Carrier } from '../carrier/carrier.ts';
import type { EventHub } from '../event-hub.ts';
import type { MailboxClient } from '../mailbox/mailbox-client.ts';
import type { Profile } from '../profile/profile.ts';
import type { OutgoingRecord, SentNoteRecord } from '../profile/records.ts';
import type { TaskSet } from '../task-set.ts';
import type { ParcelOutbox } from './parcel-outbox.ts';

/** What an open profile has to do with the mailbox of its node (PIP-1006 §7, PIP-5000 §12). */
export interface OwnMailbox {
  /** The tags that this person waits for have changed. */
  want(tags: WantedTags): void;
  /** A parcel lies in the own store and may go to its keepers. */
  bring(id: ParcelId): void;
}

/**
 * Lets the profile use the mailbox until it is closed: what waits is brought to
 * keepers, what is wanted is fetched. Nothing about the visits tells that it does. What
 * was taken by the mailbox when the profile closes goes on to its keepers.
 */
export function openOwnMailbox(
  deps: {
    readonly suite: Suite;
    readonly scheduler: Scheduler;
    readonly carrier: Carrier;
    readonly events: EventHub;
    readonly tasks: TaskSet;
    readonly mailbox: Promise<MailboxClient | undefined>;
    readonly outbox: Pick<ParcelOutbox, 'isAwaited' | 'noteStored'>;
    /** Called with what was fetched and found no room in the store. */
    readonly onNotKept: (parcel: Parcel) => void;
  },
  profile: Profile,
): OwnMailbox {
  const { carrier, events, outbox, scheduler, suite, tasks } = deps;
  /** What the mailbox has not taken yet, by the text of its id. */
  const waiting = new Map<string, ParcelId>();
  const followed = new Map<string, ParcelId>();
  let client: MailboxClient | undefined;
  let hasNone = false;
  let wanted: WantedTags = new Map();
  let isBringing = false;
  let cancelBring: Cancel | undefined;

  tasks.start('node/mailbox-failed', async () => {
    const opened = await deps.mailbox;
    if (profile.signal.aborted) return;
    if (opened === undefined) {
      hasNone = true;
      for (const note of [...profile.sentNotes.values()]) await forgetNote(note);
      return;
    }
    client = opened;
    opened.setMode('own');
    opened.setWanted(wanted);
    const stops = [
      opened.onProgress(({ id, state }) => note(parcelIds.toText(id), state)),
      opened.onNotKept(deps.onNotKept),
      events.subscribe(({ type }) => {
        if (type === 'message') withdrawDelivered(opened);
      }),
    ];
    profile.signal.addEventListener('abort', () => {
      for (const stop of stops) stop();
      cancelBring?.();
      opened.setMode('dummies');
      waiting.clear();
      followed.clear();
    });
    for (const outgoing of profile.outgoing.values()) {
      if (isUnderWay(outgoing, opened)) bring(outgoing.parcelId as ParcelId);
    }
    for (const { parcelId } of profile.sentNotes.values()) bring(parcelId as ParcelId);
  });

  function bring(id: ParcelId): void {
    if (profile.signal.aborted) return;
    const sentNote = noteOf(id);
    if (hasNone) {
      if (sentNote !== undefined) tasks.start('node/mailbox-failed', () => forgetNote(sentNote));
      return;
    }
    // Before the mailbox is there, the profile itself remembers what waits.
    if (client === undefined) return;
    waiting.set(parcelIds.toText(id), id);
    bringSoon(0);
  }

  function bringSoon(delayMs: number): void {
    const opened = client;
    if (opened === undefined || isBringing || profile.signal.aborted) return;
    cancelBring?.();
    cancelBring = scheduler.schedule(delayMs, () => {
      isBringing = true;
      tasks.start('node/mailbox-failed', async () => {
        let isTaken = false;
        try {
          isTaken = await bringAll(opened);
        } finally {
          isBringing = false;
          if (waiting.size > 0) bringSoon(isTaken ? 0 : AGAIN_MS);
        }
      });
    });
  }

  /** False when the mailbox follows as much as it can. */
  async function bringAll(opened: MailboxClient): Promise<boolean> {
    for (const [text, id] of waiting) {
      const parcel = await readOwn(id);
      if (profile.signal.aborted) return true;
      if (parcel !== undefined && !opened.deliver(parcel)) return false;
      waiting.delete(text);
      if (parcel === undefined) {
        // Others had more to say there. A letter gets another parcel, a receipt is asked for again.
        await end(text, id);
        continue;
      }
      followed.set(text, id);
      // It may have been followed all the time, while the profile was closed.
      const state = opened.stateOf(id);
      if (state !== undefined) note(text, state);
    }
    return true;
  }

  async function readOwn(id: ParcelId): Promise<Parcel | undefined> {
    const bytes = await (await carrier.open()).get(id);
    const parcel = bytes && parcelFromBytes(suite.symmetric, carrier.network, bytes);
    return parcel?.ok === true ? parcel.value : undefined;
  }

  function note(text: string, state: ParcelState): void {
    const id = followed.get(text);
    if (id === undefined) return;
    const isEnough = state.type === 'stored' && state.by >= state.wanted;
    if (isEnough || state.type === 'expired') {
      followed.delete(text);
      // Room for others: more copies are not needed, and looking after them is the keepers' part.
      client?.withdraw(id);
      if (waiting.size > 0) bringSoon(0);
    }
    tasks.start('node/mailbox-failed', async () => {
      if (state.type === 'stored') await outbox.noteStored(id, state.by);
      if (state.type === 'expired') await outbox.noteStored(id, 0);
      if (!followed.has(text)) await end(text, id);
    });
  }

  async function end(text: string, id: ParcelId): Promise<void> {
    followed.delete(text);
    const sentNote = noteOf(id);
    if (sentNote !== undefined && !profile.signal.aborted) await forgetNote(sentNote);
  }

  function noteOf(id: ParcelId): SentNoteRecord | undefined {
    const text = parcelIds.toText(id);
    return [...profile.sentNotes.values()].find(
      ({ parcelId }) => parcelIds.toText(parcelId as ParcelId) === text,
    );
  }

  async function forgetNote(sentNote: SentNoteRecord): Promise<void> {
    await profile.transact(async (transaction) => {
      transaction.remove(sentNote);
      return ok(undefined);
    });
  }

  /** The recipient has them: no more copies are needed. */
  function withdrawDelivered(opened: MailboxClient): void {
    for (const list of [waiting, followed]) {
      for (const [text, id] of list) {
        if (outbox.isAwaited(id) || noteOf(id) !== undefined) continue;
        opened.withdraw(id);
        list.delete(text);
      }
    }
  }

  return {
    want(tags) {
      wanted = tags;
      if (!profile.signal.aborted) client?.setWanted(tags);
    },
    bring,
  };
}

/** Its parcel has too few copies, as far as was proven. */
function isUnderWay(
  { parcelId, storedBy = 0 }: OutgoingRecord,
  { copies }: MailboxClient,
): boolean {
  return parcelId !== undefined && storedBy < copies.normal;
}

/** When the mailbox follows as much as it can, or the disk refused. */
const AGAIN_MS = 60_000;

import type { Log } from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type ParcelId, parcelFromBytes, parcelIds, type WantedTags } from '@pars/mesh';
import type { Carrier } from '../carrier/carrier.ts';
import type { EventHub } from '../event-hub.ts';
import type { MailboxClient } from '../mailbox/mailbox-client.ts';
import type { Profile } from '../profile/profile.ts';
import type { TaskSet } from '../task-set.ts';
import type { ParcelOutbox } from './parcel-outbox.ts';

/** What an open profile has to do with the mailbox of its node (PIP-1006 §7, §12). */
export interface OwnMailbox {
  /** The tags that this person waits for have changed. */
  want(tags: WantedTags): void;
  /** A parcel lies in the own store and may go to its keepers. */
  bring(id: ParcelId): void;
  /** Keepers that have proved to have this parcel; 0 when none has, or nothing is known. */
  copiesOf(id: ParcelId): number;
}

/**
 * Lets the profile use the mailbox until it is closed: what waits is brought to
 * keepers, what is wanted is fetched. Nothing on the wire tells that it does.
 */
export function openOwnMailbox(
  deps: {
    readonly suite: Suite;
    readonly carrier: Carrier;
    readonly events: EventHub;
    readonly log: Log;
    readonly tasks: TaskSet;
    readonly mailbox: Promise<MailboxClient | undefined>;
    readonly outbox: Pick<ParcelOutbox, 'awaited' | 'isAwaited' | 'markHandedOver'>;
  },
  profile: Profile,
): OwnMailbox {
  const { carrier, events, outbox, suite, tasks } = deps;
  const copiesById = new Map<string, number>();
  const followed = new Map<string, ParcelId>();
  let client: MailboxClient | undefined;
  let wanted: WantedTags = new Map();

  tasks.start('node/mailbox-failed', async () => {
    const opened = await deps.mailbox;
    if (opened === undefined || profile.signal.aborted) return;
    client = opened;
    opened.setMode('own');
    opened.setWanted(wanted);
    const stops = [
      opened.onProgress(({ id, state }) => {
        const text = parcelIds.toText(id);
        if (!followed.has(text)) return;
        if (state.type === 'stored') copiesById.set(text, state.by);
        if (state.type === 'handed-over' || state.type === 'stored') noteHandedOver(text);
      }),
      events.subscribe(({ type }) => {
        if (type === 'message') withdrawDelivered(opened);
      }),
    ];
    profile.signal.addEventListener('abort', () => {
      for (const stop of stops) stop();
      opened.setMode('dummies');
      copiesById.clear();
      followed.clear();
    });
    for (const id of outbox.awaited()) bring(id);
  });

  function noteHandedOver(text: string): void {
    tasks.start('node/mailbox-failed', () => outbox.markHandedOver(new Set([text])));
  }

  /** The recipient has them: no more copies are needed. */
  function withdrawDelivered(opened: MailboxClient): void {
    for (const [text, id] of followed) {
      if (outbox.isAwaited(id)) continue;
      opened.withdraw(id);
      followed.delete(text);
      copiesById.delete(text);
    }
  }

  function bring(id: ParcelId): void {
    tasks.start('node/mailbox-failed', async () => {
      const bytes = await (await carrier.open()).get(id);
      if (client === undefined || bytes === undefined || profile.signal.aborted) return;
      const parcel = parcelFromBytes(suite.symmetric, carrier.network, bytes);
      if (!parcel.ok) return;
      if (outbox.isAwaited(id)) followed.set(parcelIds.toText(id), id);
      client.deliver(parcel.value);
    });
  }

  return {
    want(tags) {
      wanted = tags;
      if (!profile.signal.aborted) client?.setWanted(tags);
    },
    bring,
    copiesOf: (id) => copiesById.get(parcelIds.toText(id)) ?? 0,
  };
}

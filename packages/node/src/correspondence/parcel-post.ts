import type { Parcel, ParcelId } from '@pars/mesh';
import type { Carrier } from '../carrier/carrier.ts';
import { createLetterSender } from '../delivery/letter-sender.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import type { MailboxClient } from '../mailbox/mailbox-client.ts';
import type { Profile } from '../profile/profile.ts';
import type { OutgoingRecord } from '../profile/records.ts';
import type { TaskSet } from '../task-set.ts';
import { type OwnMailbox, openOwnMailbox } from './own-mailbox.ts';
import { createParcelInbox, type ParcelInbox } from './parcel-inbox.ts';
import { createParcelOutbox, type ParcelOutbox } from './parcel-outbox.ts';

/** The parcels of an open profile, both ways (PIP-5000 §12). */
export interface ParcelPost {
  readonly inbox: ParcelInbox;
  readonly outbox: ParcelOutbox;
  readonly mailbox: OwnMailbox;
}

/** Begins to look for this person's parcels and to make parcels of what waits. */
export function createParcelPost(
  deps: NodeEngineDeps & {
    readonly carrier: Carrier;
    readonly events: EventHub;
    readonly tasks: TaskSet;
    /** The mailbox of the node, once it has started. */
    readonly mailbox: Promise<MailboxClient | undefined>;
    /** Milliseconds for which a letter needs no parcel: the recipient's node has it. */
    readonly heldForMs: (outgoing: OutgoingRecord) => number;
  },
  profile: Profile,
): ParcelPost {
  const letters = createLetterSender(deps, profile);
  const onReleased = (id: ParcelId): void => mailbox.bring(id);
  const outbox = createParcelOutbox({ ...deps, letters, onReleased }, profile);
  const onNotKept = ({ bytes }: Parcel): void => inbox.readLoose(bytes);
  const mailbox = openOwnMailbox({ ...deps, outbox, onNotKept }, profile);
  const inbox = createParcelInbox(
    { ...deps, onOwed: outbox.kick, onWanted: mailbox.want },
    profile,
  );
  // What came while the person was away.
  inbox.refresh();
  outbox.kick();
  return { inbox, outbox, mailbox };
}

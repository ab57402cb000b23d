import type { Metrics } from '@pars/base';
import type { Suite } from '@pars/crypto';
import { isReceipt } from '@pars/session';
import type { EventHub } from '../event-hub.ts';
import type { Profile } from '../profile/profile.ts';
import type { OutgoingRecord } from '../profile/records.ts';
import type { Transaction } from '../profile/transaction.ts';
import { messageView } from '../profile/views.ts';

/**
 * Notes that a letter was delivered, if the receipt is right (PIP-5000 §8). It
 * then waits no more. Gives whether it was a message, and not a card.
 */
export async function settleReceipt(
  deps: { readonly suite: Suite; readonly metrics: Metrics; readonly events: EventHub },
  profile: Profile,
  transaction: Transaction,
  outgoing: OutgoingRecord,
  receipt: Uint8Array,
): Promise<boolean> {
  const { events, metrics, suite } = deps;
  if (!isReceipt(suite, outgoing.receiptKey, outgoing.messageId, receipt)) return false;
  transaction.remove(outgoing);
  metrics.count('node/letters-delivered');
  const { sequence } = outgoing;
  const message = sequence === 0 ? undefined : await profile.readMessage(sequence);
  if (message === undefined) return false;
  const delivered = { ...message, state: 'delivered' } as const;
  transaction.setMessageState(sequence, 'delivered');
  transaction.afterwards(() =>
    events.publish({ type: 'message', message: messageView(sequence, delivered) }),
  );
  return true;
}

import { hex, ok } from '@pars/base';
import type { LinkPeer } from '@pars/mesh';
import { settleReceipt } from '../delivery/settle-receipt.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import type { Profile } from '../profile/profile.ts';
import type { BroughtReceipt, LetterAnswer } from '../protocols/letter-protocol.ts';

/**
 * Takes receipts that the recipient's node brings for letters that it held
 * (PIP-5000 §9). Whoever brings them, only the recipient can have made them;
 * wrong ones and those of letters that wait no more change nothing. Those that
 * fit nothing here and come from no contact's node are for `later`, as at a
 * locked node: they may be for a person of another password.
 */
export async function takeReceipts(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile | undefined,
  receipts: readonly BroughtReceipt[],
  peer: Pick<LinkPeer, 'nodeId'>,
): Promise<LetterAnswer> {
  if (profile === undefined) return { type: 'later' };
  const receiptById = new Map(
    receipts.map(({ messageId, receipt }) => [hex.encode(messageId), receipt]),
  );
  const settled = await profile.transact(async (transaction) => {
    let count = 0;
    for (const outgoing of [...profile.outgoing.values()]) {
      const receipt = receiptById.get(hex.encode(outgoing.messageId));
      if (receipt !== undefined) {
        if (await settleReceipt(deps, profile, transaction, outgoing, receipt)) count += 1;
      }
    }
    return ok(count);
  });
  if (!settled.ok) return { type: 'later' };
  const isContact = profile.contacts.values().some((one) => one.endpoint.nodeId === peer.nodeId);
  return { type: settled.value > 0 || isContact ? 'noted' : 'later' };
}

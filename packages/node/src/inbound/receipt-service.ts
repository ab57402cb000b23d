import { hex, ok } from '@pars/base';
import { settleReceipt } from '../delivery/settle-receipt.ts';
import type { NodeEngineDeps } from '../engine-deps.ts';
import type { EventHub } from '../event-hub.ts';
import type { Profile } from '../profile/profile.ts';
import type { BroughtReceipt, LetterAnswer } from '../protocols/letter-protocol.ts';

/**
 * Takes receipts that the recipient's node brings for letters that it held
 * (PIP-5000 §9). Whoever brings them, only the recipient can have made them;
 * wrong ones and those of letters that wait no more change nothing.
 */
export async function takeReceipts(
  deps: NodeEngineDeps & { readonly events: EventHub },
  profile: Profile | undefined,
  receipts: readonly BroughtReceipt[],
): Promise<LetterAnswer> {
  if (profile === undefined) return { type: 'later' };
  const receiptById = new Map(
    receipts.map(({ messageId, receipt }) => [hex.encode(messageId), receipt]),
  );
  const settled = await profile.transact(async (transaction) => {
    for (const outgoing of [...profile.outgoing.values()]) {
      const receipt = receiptById.get(hex.encode(outgoing.messageId));
      if (receipt !== undefined) {
        await settleReceipt(deps, profile, transaction, outgoing, receipt);
      }
    }
    return ok(undefined);
  });
  return { type: settled.ok ? 'noted' : 'later' };
}

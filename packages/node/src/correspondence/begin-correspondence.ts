import type { Redacted } from '@pars/base';
import type { Suite } from '@pars/crypto';
import { type CorrespondenceRole, deriveCorrespondenceSecret, type SessionId } from '@pars/session';
import type { Profile } from '../profile/profile.ts';
import type { Transaction } from '../profile/transaction.ts';
import { addLane } from './lane.ts';

/**
 * Adds what an accepted introduction gives its two ends: a secret for their
 * parcels (PIP-5000 §12). Letters that travel under an older one are made into
 * parcels again, since the other end may have been restored without it.
 */
export function beginCorrespondence(
  suite: Pick<Suite, 'symmetric'>,
  profile: Profile,
  transaction: Transaction,
  introduction: {
    readonly with: SessionId;
    readonly role: CorrespondenceRole;
    readonly secret: Redacted<Uint8Array>;
    readonly receiptKey: Redacted<Uint8Array>;
    readonly sealed: Uint8Array;
  },
): void {
  const { role, with: sessionId } = introduction;
  const secret = deriveCorrespondenceSecret(suite, introduction);
  const known = profile.correspondences.get(sessionId);
  transaction.put(addLane(known, sessionId, { secret, role }));
  for (const outgoing of profile.outgoing.values()) {
    if (outgoing.to !== sessionId || outgoing.parcelAtMs === undefined) continue;
    const { parcelAtMs: _forgotten, parcelId: _gone, ...waiting } = outgoing;
    transaction.put(waiting);
  }
}

/** The inviter has accepted this person's introduction: forgets it and keeps what came of it. */
export async function endIntroduction(
  suite: Pick<Suite, 'symmetric'>,
  profile: Profile,
  transaction: Transaction,
  inviter: SessionId,
): Promise<void> {
  const introduction = await profile.readIntroduction(inviter);
  if (introduction === undefined) return;
  transaction.removeIntroduction(inviter);
  beginCorrespondence(suite, profile, transaction, {
    ...introduction,
    with: inviter,
    role: 'newcomer',
  });
}

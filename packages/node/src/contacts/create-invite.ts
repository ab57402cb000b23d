import { err, type Failure, ok, type Result, redact } from '@pars/base';
import {
  formatInvite,
  INVITE_LIFE_MS,
  keyIdFromPublicKey,
  slotFromMs,
  slotToMs,
} from '@pars/session';
import type { NodeEngineDeps } from '../engine-deps.ts';
import { MAX_OPEN_INVITES } from '../limits.ts';
import { tellableAddresses } from '../profile/own-endpoint.ts';
import type { Profile } from '../profile/profile.ts';

/**
 * Makes a single-use invite and keeps what its use will need, so that no crash
 * undoes it (PIP-5000 §5, §11). Codes: `session/too-many-invites`,
 * `node/locked`, `node/vault-…`.
 */
export async function createInvite(
  deps: NodeEngineDeps,
  profile: Profile,
): Promise<Result<{ readonly invite: string; readonly expiresAtMs: number }, Failure>> {
  const { clock, mesh, random, suite } = deps;
  const oneTimeSeed = suite.kem.generateSeed();
  const { publicKey } = await suite.kem.privateKeyFromSeed(oneTimeSeed);
  const id = keyIdFromPublicKey(suite, publicKey);
  const secret = redact(random.bytes(32));
  const nowMs = clock.nowMs();
  const expiresSlot = slotFromMs(nowMs + INVITE_LIFE_MS);

  const made = await profile.transact(async (transaction) => {
    const ownCard = profile.ownCard?.card;
    if (ownCard === undefined) return err('node/locked');
    const open = [...profile.invites.values()].filter(
      (invite) => invite.used === undefined && slotToMs(invite.expiresSlot) > nowMs,
    );
    if (open.length >= MAX_OPEN_INVITES || profile.invites.size >= MAX_KEPT_INVITES) {
      return err('session/too-many-invites');
    }
    transaction.put({ type: 'invite', id, card: ownCard, secret, oneTimeSeed, expiresSlot });
    const invite = formatInvite(suite, {
      cardHash: suite.symmetric.sha3(ownCard),
      secret,
      oneTimeKeyId: id,
      addresses: tellableAddresses(mesh.addresses()),
      expiresSlot,
    });
    return ok({ invite, expiresAtMs: slotToMs(expiresSlot) });
  });
  if (!made.ok) return made;
  // Whoever holds an invite must find its private half here, whatever happens.
  const durable = await profile.durableNow();
  return durable.ok ? made : durable;
}

/** Used invites are kept until they expire, so that a repeated introduction can be answered. */
const MAX_KEPT_INVITES = 256;

/**
 * Failure codes of people, cards, invites and letters (PIP-5000). Codes of the
 * suite (`crypto/…`) and of decoding (`base/…`) pass through unchanged where
 * they say more than these.
 */
export type SessionFailureCode =
  /** The text is no session id or session link. Ask for it again. */
  | 'session/bad-session-id'
  /** The name is empty, too long, or holds control or direction characters. Ask for another one. */
  | 'session/bad-name'
  /** The text of a message is empty, over 16,384 bytes or over 8,192 code units. Shorten or split it. */
  | 'session/bad-text'
  /** The format is of another version. Update Pars, or ask the sender to. */
  | 'session/unknown-version'
  /** The format names another suite than 1. Refuse it: there is no fallback. */
  | 'session/unknown-suite'
  /** A contact card is damaged or breaks a rule of PIP-5000 §3; `meta.rule` says which. Refuse it. */
  | 'session/card-malformed'
  /** The card's signature does not hold. Refuse it and whoever handed it over. */
  | 'session/card-bad-signature'
  /** The card is no longer valid. Ask the person for a new invite. */
  | 'session/card-expired'
  /** The card was issued over a day in the future. Check the clock of this device first. */
  | 'session/card-from-future'
  /** The card has other keys than the known card of this session id. Show it to the person; never accept silently. */
  | 'session/card-changed'
  /** The card is not newer than the known one. Nothing needs to be done. */
  | 'session/card-not-newer'
  /** The invite is cut off, mistyped or no invite. Ask for it again. */
  | 'session/invite-malformed'
  /** The invite's time is over. Ask for a new one. */
  | 'session/invite-expired'
  /** The inviter's node did not accept the invite: used, expired or unknown there. Ask for a new one. */
  | 'session/invite-refused'
  /** What the node served is not what the invite names. Do not use it; somebody is interfering, or the invite is old. */
  | 'session/invite-mismatch'
  /** The letter or introduction is damaged or breaks a rule of PIP-5000 §6 or §7. Refuse it. */
  | 'session/letter-malformed'
  /** The letter is sealed to no key that is here: not ours, or its prekey was destroyed. Refuse it. */
  | 'session/letter-unknown-key'
  /** The key that signed the letter is not that of the person it names. Refuse it. */
  | 'session/letter-bad-sender'
  /** What a parcel holds is no receipt note of this correspondence (PIP-5000 §12). Try it as a letter. */
  | 'session/note-malformed'
  /** Nobody was created in what is unlocked. Create or restore a person first. */
  | 'session/no-identity'
  /** Somebody lives in what is unlocked already. */
  | 'session/identity-exists'
  /** No contact has this session id, prefix or name. List the contacts. */
  | 'session/no-contact'
  /** Several contacts fit. Give the whole session id. */
  | 'session/ambiguous-contact'
  /** Another contact has this name already. Choose another one. */
  | 'session/contact-name-taken'
  /** 1,000 contacts are kept. Nobody can be added. */
  | 'session/too-many-contacts'
  /** 32 invites are open. Wait until one is used or expires. */
  | 'session/too-many-invites'
  /** The invite is one's own. Hand it to somebody else. */
  | 'session/invite-own'
  /** The invite holds no address that this node could dial. Ask for a new one. */
  | 'session/invite-no-address'
  /** 10,000 messages wait for delivery. Send later. */
  | 'session/outbox-full';

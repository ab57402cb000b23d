/** Contacts that a person can have (PIP-5000 §9). */
export const MAX_CONTACTS: number = 1_000;
/** Invites that may be open at a time (PIP-5000 §5). */
export const MAX_OPEN_INVITES: number = 32;
/** Letters that may wait for delivery. */
export const MAX_OUTBOX: number = 10_000;
/** Messages that are kept from one contact (PIP-5000 §9). */
export const MAX_MESSAGES_PER_CONTACT: number = 20_000;
/** Bytes of text that are kept from one contact: 64 MiB (PIP-5000 §9). */
export const MAX_TEXT_BYTES_PER_CONTACT: number = 67_108_864;
/** A letter that was not delivered after this time has failed: 14 days (PIP-5000 §8). */
export const LETTER_LIFE_MS: number = 14 * 86_400_000;
/** How long one exchange on a stream may take (PIP-5000 §9). */
export const STREAM_TIMEOUT_MS: number = 30_000;
/** Receipts that may wait for a parcel; what comes above waits for the letter to come again. */
export const MAX_OWED_RECEIPTS: number = 10_000;
/** Parcels of receipts that are remembered until enough keepers have them; what comes above waits for the letter to come again. */
export const MAX_SENT_NOTES: number = 1_024;

export {
  CARD_LIFE_MS,
  type ContactCard,
  checkCardSuccession,
  createContactCard,
  reopenContactCard,
  verifyContactCard,
} from './contact/contact-card.ts';
export {
  areAddresses,
  type Endpoint,
  endpointSchema,
  isEndpoint,
  selectAddresses,
} from './contact/endpoint.ts';
export {
  computeIntroductionBinding,
  INTRODUCTION_BYTES,
  type OpenedIntroduction,
  openIntroduction,
  sealIntroduction,
} from './contact/introduction.ts';
export {
  computeInviteProof,
  formatInvite,
  INVITE_LIFE_MS,
  type Invite,
  parseInvite,
} from './contact/invite.ts';
export {
  generatePrekey,
  isPrekeyOver,
  isPrekeyRotationDue,
  isPrekeyUsable,
  keyIdFromPublicKey,
  PREKEY_LIFE_MS,
  PREKEY_ROTATION_MS,
  PREKEY_USE_MS,
  type Prekey,
} from './contact/prekey.ts';
export {
  type CorrespondenceRole,
  deriveCorrespondenceSecret,
  oppositeRole,
} from './correspondence/correspondence-secret.ts';
export {
  createTagSequence,
  MAX_PARCELS_PER_DAY,
  parcelShard,
  TAG_LOOK_AHEAD,
  type TagSequence,
} from './correspondence/parcel-tag.ts';
export {
  MAX_NOTED_RECEIPTS,
  type NotedReceipt,
  openReceiptNote,
  sealReceiptNote,
} from './correspondence/receipt-note.ts';
export type { SessionFailureCode } from './errors.ts';
export {
  deriveIdentitySeeds,
  type Identity,
  type IdentitySeeds,
  openIdentity,
} from './identity/identity.ts';
export { MAX_NAME_BYTES, type PersonName, parsePersonName } from './identity/person-name.ts';
export {
  parseSessionId,
  type SessionId,
  sessionIdFromBytes,
  sessionIdFromIdentityKey,
  sessionIdToBytes,
  sessionIdToLink,
} from './identity/session-id.ts';
export { type LetterKey, type OpenedLetter, openLetter, sealLetter } from './letter/letter.ts';
export { checkText, type LetterBody, type LetterContent } from './letter/letter-content.ts';
export { LETTER_SIZES } from './letter/padding.ts';
export { computeReceipt, isReceipt, RECEIPT_BYTES } from './letter/receipt.ts';
export {
  FORMAT_VERSION,
  MAX_ADDRESS_BYTES,
  MAX_ADDRESSES,
  MAX_CARD_BYTES,
  MAX_INVITE_CHARACTERS,
  MAX_NODE_ID_BYTES,
  MAX_TEXT_BYTES,
  MAX_TEXT_CODE_UNITS,
} from './limits.ts';
export { SLOT_MS, slotFromMs, slotSchema, slotToMs } from './slot.ts';

export {
  CARD_LIFE_MS,
  type ContactCard,
  checkCardSuccession,
  createContactCard,
  reopenContactCard,
  verifyContactCard,
} from './contact-card.ts';
export {
  areAddresses,
  type Endpoint,
  endpointSchema,
  isEndpoint,
  selectAddresses,
} from './endpoint.ts';
export type { SessionFailureCode } from './errors.ts';
export {
  deriveIdentitySeeds,
  type Identity,
  type IdentitySeeds,
  openIdentity,
} from './identity.ts';
export { decodeIdentityFile, encodeIdentityFile, type IdentityFile } from './identity-file.ts';
export {
  computeIntroductionBinding,
  INTRODUCTION_BYTES,
  type OpenedIntroduction,
  openIntroduction,
  sealIntroduction,
} from './introduction.ts';
export {
  computeInviteProof,
  formatInvite,
  INVITE_LIFE_MS,
  type Invite,
  parseInvite,
} from './invite.ts';
export { type LetterKey, type OpenedLetter, openLetter, sealLetter } from './letter.ts';
export { checkText, type LetterBody, type LetterContent } from './letter-content.ts';
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
export { LETTER_SIZES } from './padding.ts';
export { MAX_NAME_BYTES, type PersonName, parsePersonName } from './person-name.ts';
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
} from './prekey.ts';
export { computeReceipt, isReceipt, RECEIPT_BYTES } from './receipt.ts';
export {
  parseSessionId,
  type SessionId,
  sessionIdFromBytes,
  sessionIdFromIdentityKey,
  sessionIdToBytes,
  sessionIdToLink,
} from './session-id.ts';
export { SLOT_MS, slotFromMs, slotSchema, slotToMs } from './slot.ts';

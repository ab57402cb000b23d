/** The version of every format of PIP-5000. */
export const FORMAT_VERSION: 1 = 1;
/** The id of the one suite (PIP-2000), as it stands in every format. */
export const SUITE_ID: 1 = 1;
/** No contact card is larger, in bytes (PIP-5000 §3). */
export const MAX_CARD_BYTES: number = 11_264;
/** No invite is longer, in characters, so that it fits in a QR code (PIP-5000 §5). */
export const MAX_INVITE_CHARACTERS: number = 800;
/** Addresses in an endpoint or an invite (PIP-5000 §1). */
export const MAX_ADDRESSES: number = 4;
/** Bytes of a node id (PIP-5000 §1). */
export const MAX_NODE_ID_BYTES: number = 128;
/** Bytes of an address: node id and key fingerprint, and those of a relay, included (PIP-5000 §1). */
export const MAX_ADDRESS_BYTES: number = 320;
/** Bytes of UTF-8 in the text of a letter (PIP-5000 §6). */
export const MAX_TEXT_BYTES: number = 16_384;
/** UTF-16 code units in the text of a letter (PIP-5000 §6). */
export const MAX_TEXT_CODE_UNITS: number = 8_192;

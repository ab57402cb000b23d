/** The version of the method table and of the framing (PIP-4000 §4). Both ends must name the same. */
export const API_VERSION: 1 = 1;

/** Largest frame from a client, in bytes (PIP-4000 §5). */
export const MAX_REQUEST_BYTES: number = 1_048_576;

/** Largest frame from the node, in bytes (PIP-4000 §5). */
export const MAX_RESPONSE_BYTES: number = 8_388_608;

/** Unanswered requests a connection may have (PIP-4000 §5). */
export const MAX_PENDING_REQUESTS: number = 64;

/** Open subscriptions a connection may have (PIP-4000 §5). */
export const MAX_SUBSCRIPTIONS: number = 16;

/** Events that may wait for a slow consumer, per subscription (PIP-4000 §5). */
export const MAX_QUEUED_EVENTS: number = 256;

/** Bytes of events that may wait for a slow consumer, per subscription (PIP-4000 §5). */
export const MAX_QUEUED_EVENT_BYTES: number = 2_097_152;

/** Time a connection has for its `api.open`, in milliseconds (PIP-4000 §2). */
export const OPEN_TIMEOUT_MS: number = 5_000;

/** Longest request id, in UTF-16 code units (PIP-4000 §3). */
export const MAX_REQUEST_ID_LENGTH: number = 64;

/** Longest text of one message, in UTF-16 code units. */
export const MAX_TEXT_LENGTH: number = 8_192;

/** Longest invite, in characters. */
export const MAX_INVITE_LENGTH: number = 65_536;

/** Most messages that one `chat.read` may ask for. */
export const MAX_READ_LIMIT: number = 100;

/** Most bytes of a bundle that travel in one call: 256 KiB (PIP-4000 §7). */
export const MAX_BUNDLE_PIECE: number = 262_144;

/** Contacts that one bundle may be for (PIP-1004). */
export const MAX_BUNDLE_CONTACTS: number = 16;

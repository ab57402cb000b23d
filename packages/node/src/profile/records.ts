import {
  type Codec,
  createCodec,
  expose,
  hex,
  type Infer,
  ParsError,
  type Redacted,
  redact,
  type Schema,
  schema,
} from '@pars/base';
import type { KemSeed } from '@pars/crypto';
import {
  type CorrespondenceRole,
  type Endpoint,
  endpointSchema,
  MAX_CARD_BYTES,
  MAX_NAME_BYTES,
  MAX_PARCELS_PER_DAY,
  type SessionId,
  slotSchema,
} from '@pars/session';

/** Somebody this person can write to. */
export interface ContactRecord {
  readonly type: 'contact';
  readonly sessionId: SessionId;
  readonly name: string;
  readonly addedAtMs: number;
  /** Whether the contact proved to have this person's card. */
  readonly confirmed: boolean;
  /** The newest verified card. */
  readonly card: Uint8Array;
  readonly endpoint: Endpoint;
  /** Slot in which the endpoint was true; letters that travelled as parcels may be older. */
  readonly endpointSlot?: number;
}

/** How much is kept from one contact. */
export interface TallyRecord {
  readonly type: 'tally';
  readonly sessionId: SessionId;
  readonly messages: number;
  readonly bytes: number;
}

/** An invite that this person made and that has not expired. */
export interface InviteRecord {
  readonly type: 'invite';
  /** 32 bytes: the key id of the one-time key. */
  readonly id: Uint8Array;
  /** The card that the invite names. */
  readonly card: Uint8Array;
  readonly secret: Redacted<Uint8Array>;
  /** Gone once the invite is used. */
  readonly oneTimeSeed?: KemSeed;
  readonly expiresSlot: number;
  /** Who used it, and what to answer when the same introduction comes again. */
  readonly used?: { readonly introductionHash: Uint8Array; readonly receipt: Uint8Array };
}

/** A prekey with its private half. */
export interface PrekeyRecord {
  readonly type: 'prekey';
  readonly seed: KemSeed;
  readonly createdSlot: number;
  readonly expiresSlot: number;
}

/** A letter that waits for its receipt. */
export interface OutgoingRecord {
  readonly type: 'outgoing';
  readonly messageId: Uint8Array;
  readonly to: SessionId;
  /** The message that it carries; 0 for this person's own card. */
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly receiptKey: Redacted<Uint8Array>;
  /** When it was last made into a parcel. */
  readonly parcelAtMs?: number;
  /** The id of that parcel, 32 bytes. */
  readonly parcelId?: Uint8Array;
  /** Keepers of mailboxes that have proved to have that parcel; absent for none. */
  readonly storedBy?: number;
}

/** How two contacts recognise each other's parcels, since one introduction (PIP-5000 §12). */
export interface CorrespondenceLane {
  readonly secret: Redacted<Uint8Array>;
  /** What this person was in the introduction. */
  readonly role: CorrespondenceRole;
  /** The next free number, by day of expiry. Days that are over are gone. */
  readonly sent: readonly { readonly day: number; readonly next: number }[];
  /** Which numbers were read, by day of expiry: 256 bits, the first is the highest of the first byte. */
  readonly read: readonly { readonly day: number; readonly bits: Uint8Array }[];
}

/** What is known of the parcels to and from one contact. */
export interface CorrespondenceRecord {
  readonly type: 'correspondence';
  readonly sessionId: SessionId;
  /** One or two, the newest first: the other end may not know of the newest yet. */
  readonly lanes: readonly CorrespondenceLane[];
}

/** A receipt that goes back once no crash can undo what it says. */
export interface OwedReceiptRecord {
  readonly type: 'owedReceipt';
  readonly to: SessionId;
  readonly messageId: Uint8Array;
  readonly receipt: Uint8Array;
  readonly createdAtMs: number;
  /** The letter came over a link: the receipt goes over one too, and in a parcel if none comes. */
  readonly isDirect?: boolean;
}

/** A parcel of receipts that too few keepers have yet (PIP-1006 §4). */
export interface SentNoteRecord {
  readonly type: 'sentNote';
  /** 32 bytes. */
  readonly parcelId: Uint8Array;
  readonly createdAtMs: number;
}

/** What a contact's node held when it wrote a bundle: the beginning of its return sketch (PIP-1004 §8). */
export interface FarSketchRecord {
  readonly type: 'farSketch';
  readonly sessionId: SessionId;
  /** When the bundle was made, by its head. */
  readonly createdAtMs: number;
  /** Of no use from then on. */
  readonly expiresAtMs: number;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly count: number;
  /** 16 bytes each, {@link MAX_FAR_SYMBOLS} at most. */
  readonly symbols: Uint8Array;
}

/** This person's own newest card. */
export interface OwnCardRecord {
  readonly type: 'ownCard';
  readonly card: Uint8Array;
  /** Where the contacts were told that this node is. */
  readonly announced: Endpoint;
}

/** Everything that is loaded at unlock. */
export type ProfileRecord =
  | ContactRecord
  | TallyRecord
  | InviteRecord
  | PrekeyRecord
  | OutgoingRecord
  | OwnCardRecord
  | CorrespondenceRecord
  | OwedReceiptRecord
  | SentNoteRecord
  | FarSketchRecord;

/** Symbols that are kept of a contact's sketch: as many as a row holds; they tell about 680 differences. */
export const MAX_FAR_SYMBOLS: number = 960;

/** One message of a conversation. */
export interface MessageRecord {
  readonly messageId: Uint8Array;
  readonly with: SessionId;
  readonly direction: 'in' | 'out';
  readonly text: string;
  readonly sentAtMs: number;
  readonly state: 'queued' | 'handed-over' | 'delivered' | 'failed';
}

/** What a newcomer keeps until the inviter accepts. */
export interface IntroductionRecord {
  readonly secret: Redacted<Uint8Array>;
  /** 32 bytes: the card hash that the invite names. */
  readonly inviteCardHash: Uint8Array;
  readonly receiptKey: Redacted<Uint8Array>;
  readonly sealed: Uint8Array;
  readonly expiresSlot: number;
}

/** What tells a record from all others of the profile. */
export function recordKey(record: ProfileRecord): string {
  switch (record.type) {
    case 'contact':
    case 'tally':
    case 'correspondence':
    case 'farSketch':
      return `${record.type} ${record.sessionId}`;
    case 'invite':
      return `invite ${hex.encode(record.id)}`;
    case 'prekey':
      return `prekey ${record.createdSlot}`;
    case 'outgoing':
      return outgoingKey(record.to, record.messageId);
    case 'owedReceipt':
      return owedReceiptKey(record.to, record.messageId);
    case 'sentNote':
      return `sentNote ${hex.encode(record.parcelId)}`;
    case 'ownCard':
      return 'ownCard';
  }
}

/** {@link recordKey} of what waits for this contact under this message id. */
export function outgoingKey(to: SessionId, messageId: Uint8Array): string {
  return `outgoing ${to} ${hex.encode(messageId)}`;
}

/** {@link recordKey} of the receipt for a letter of this contact. */
export function owedReceiptKey(to: SessionId, messageId: Uint8Array): string {
  return `owedReceipt ${to} ${hex.encode(messageId)}`;
}

/** The encoding of a record. */
export function encodeRecord(record: ProfileRecord): Uint8Array {
  return recordCodec.encode(toWire(record));
}

/** The record. Throws `node/row-damaged`: whatever else lies in a row is damage. */
export function decodeRecord(bytes: Uint8Array): ProfileRecord {
  return fromWire(decodeOrThrow(recordCodec, bytes));
}

/** The encoding of a pending introduction. */
export function encodeIntroduction(introduction: IntroductionRecord): Uint8Array {
  const { secret, receiptKey, ...rest } = introduction;
  return introductionCodec.encode({
    ...rest,
    secret: expose(secret),
    receiptKey: expose(receiptKey),
  });
}

/** The introduction. Throws `node/row-damaged`. */
export function decodeIntroduction(bytes: Uint8Array): IntroductionRecord {
  const { secret, receiptKey, ...rest } = decodeOrThrow(introductionCodec, bytes);
  return { ...rest, secret: redact(secret), receiptKey: redact(receiptKey) };
}

function decodeOrThrow<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const decoded = codec.decode(bytes);
  if (!decoded.ok) throw new ParsError('node/row-damaged', { codec: codec.name });
  return decoded.value;
}

function toWire(record: ProfileRecord): Infer<typeof recordSchema> {
  switch (record.type) {
    case 'invite': {
      const { secret, oneTimeSeed, ...rest } = record;
      return {
        ...rest,
        secret: expose(secret),
        ...(oneTimeSeed === undefined ? {} : { oneTimeSeed: expose(oneTimeSeed) }),
      };
    }
    case 'prekey':
      return { ...record, seed: expose(record.seed) };
    case 'outgoing':
      return { ...record, receiptKey: expose(record.receiptKey) };
    case 'correspondence':
      return {
        ...record,
        lanes: record.lanes.map((lane) => ({ ...lane, secret: expose(lane.secret) })),
      };
    default:
      return record;
  }
}

function fromWire(wire: Infer<typeof recordSchema>): ProfileRecord {
  switch (wire.type) {
    case 'invite': {
      const { secret, oneTimeSeed, ...rest } = wire;
      return {
        ...rest,
        secret: redact(secret),
        ...(oneTimeSeed === undefined ? {} : { oneTimeSeed: redact(oneTimeSeed) }),
      };
    }
    case 'prekey':
      return { ...wire, seed: redact(wire.seed) };
    case 'outgoing':
      return { ...wire, receiptKey: redact(wire.receiptKey) };
    case 'correspondence':
      return {
        ...wire,
        lanes: wire.lanes.map((lane) => ({ ...lane, secret: redact(lane.secret) })),
      };
    default:
      return wire;
  }
}

const sessionIdSchema: Schema<SessionId> = schema.branded<string, SessionId>(
  schema.text({ min: 66, maxBytes: 66 }),
);
const hashSchema = schema.bytes({ length: 32 });
/** A day since 1970. */
const daySchema = schema.uint({ max: 2 ** 24 });
const cardSchema = schema.bytes({ min: 1, max: MAX_CARD_BYTES });

const recordSchema = schema.union({
  contact: [
    1,
    schema.struct({
      sessionId: [1, sessionIdSchema],
      name: [2, schema.text({ min: 1, maxBytes: MAX_NAME_BYTES + 64 })],
      addedAtMs: [3, schema.uint()],
      confirmed: [4, schema.bool()],
      card: [5, cardSchema],
      endpoint: [6, endpointSchema],
      endpointSlot: [7, slotSchema, 'optional'],
    }),
  ],
  tally: [
    2,
    schema.struct({
      sessionId: [1, sessionIdSchema],
      messages: [2, schema.uint()],
      bytes: [3, schema.uint()],
    }),
  ],
  invite: [
    3,
    schema.struct({
      id: [1, hashSchema],
      card: [2, cardSchema],
      secret: [3, hashSchema],
      oneTimeSeed: [4, schema.bytes({ length: 96 }), 'optional'],
      expiresSlot: [5, slotSchema],
      used: [
        6,
        schema.struct({ introductionHash: [1, hashSchema], receipt: [2, hashSchema] }),
        'optional',
      ],
    }),
  ],
  prekey: [
    4,
    schema.struct({
      seed: [1, schema.bytes({ length: 96 })],
      createdSlot: [2, slotSchema],
      expiresSlot: [3, slotSchema],
    }),
  ],
  outgoing: [
    5,
    schema.struct({
      messageId: [1, schema.bytes({ length: 16 })],
      to: [2, sessionIdSchema],
      sequence: [3, schema.uint()],
      createdAtMs: [4, schema.uint()],
      receiptKey: [5, hashSchema],
      parcelAtMs: [6, schema.uint(), 'optional'],
      parcelId: [7, hashSchema, 'optional'],
      storedBy: [8, schema.uint({ max: 255 }), 'optional'],
    }),
  ],
  ownCard: [6, schema.struct({ card: [1, cardSchema], announced: [2, endpointSchema] })],
  correspondence: [
    7,
    schema.struct({
      sessionId: [1, sessionIdSchema],
      lanes: [
        2,
        schema.array(
          schema.struct({
            secret: [1, hashSchema],
            role: [2, schema.oneOf(['inviter', 'newcomer'])],
            sent: [
              3,
              schema.array(schema.struct({ day: [1, daySchema], next: [2, schema.uint()] }), {
                max: 64,
              }),
            ],
            read: [
              4,
              schema.array(
                schema.struct({
                  day: [1, daySchema],
                  bits: [2, schema.bytes({ length: MAX_PARCELS_PER_DAY / 8 })],
                }),
                { max: 64 },
              ),
            ],
          }),
          { max: 2 },
        ),
      ],
    }),
  ],
  farSketch: [
    9,
    schema.struct({
      sessionId: [1, sessionIdSchema],
      createdAtMs: [2, schema.uint()],
      expiresAtMs: [3, schema.uint()],
      salt: [4, schema.bytes({ length: 16 })],
      count: [5, schema.uint({ max: 2 ** 32 - 1 })],
      symbols: [6, schema.bytes({ min: 16, max: 16 * MAX_FAR_SYMBOLS })],
    }),
  ],
  owedReceipt: [
    8,
    schema.struct({
      to: [1, sessionIdSchema],
      messageId: [2, schema.bytes({ length: 16 })],
      receipt: [3, hashSchema],
      createdAtMs: [4, schema.uint()],
      isDirect: [5, schema.bool(), 'optional'],
    }),
  ],
  sentNote: [10, schema.struct({ parcelId: [1, hashSchema], createdAtMs: [2, schema.uint()] })],
});

const recordCodec = createCodec('node/record', recordSchema, { maxBytes: 16_384 });

const introductionCodec = createCodec(
  'node/introduction',
  schema.struct({
    secret: [1, hashSchema],
    inviteCardHash: [2, hashSchema],
    receiptKey: [3, hashSchema],
    sealed: [4, schema.bytes({ max: 65_536 })],
    expiresSlot: [5, slotSchema],
  }),
  { maxBytes: 66_560 },
);

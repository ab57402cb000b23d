import { type Codec, createCodec, schema } from '@pars/base';
import { LETTER_SIZES, RECEIPT_BYTES } from '@pars/session';

/** Name of the protocol on a link (PIP-5000 §9). */
export const LETTER_PROTOCOL: string = '/pars/letter/1';
/** Content of a frame of the letter protocol, in bytes. */
export const MAX_LETTER_FRAME: number = 262_144;
/** Receipts that one request brings, at most. */
export const MAX_BROUGHT_RECEIPTS = 32;

/** A receipt that the recipient's node brings back: message id [16], receipt [32]. */
export interface BroughtReceipt {
  readonly messageId: Uint8Array;
  readonly receipt: Uint8Array;
}

/** What one node asks of another. */
export type LetterRequest =
  /** A letter to deliver, at most 261,632 bytes. */
  | { readonly type: 'letter'; readonly version: 1; readonly letter: Uint8Array }
  /** 1 to 32 receipts for letters that were `held`. */
  | {
      readonly type: 'receipts';
      readonly version: 1;
      readonly receipts: readonly BroughtReceipt[];
    };

/** What the other node answers. */
export type LetterAnswer =
  /** Here, and no crash undoes it. */
  | { readonly type: 'stored'; readonly receipt: Uint8Array }
  | { readonly type: 'later' }
  | { readonly type: 'refused' }
  /** Taken in; the receipt follows once no crash can undo it. */
  | { readonly type: 'held' }
  /** The receipts were looked at. */
  | { readonly type: 'noted' };

/** Requests of the letter protocol. */
export const letterRequestCodec: Codec<LetterRequest> = createCodec(
  'node/letter-request',
  schema.union({
    letter: [
      1,
      schema.struct({
        version: [1, schema.literal(1)],
        letter: [2, schema.bytes({ min: 1, max: Math.max(...LETTER_SIZES) })],
      }),
    ],
    receipts: [
      2,
      schema.struct({
        version: [1, schema.literal(1)],
        receipts: [
          2,
          schema.array(
            schema.struct({
              messageId: [1, schema.bytes({ length: 16 })],
              receipt: [2, schema.bytes({ length: RECEIPT_BYTES })],
            }),
            { min: 1, max: MAX_BROUGHT_RECEIPTS },
          ),
        ],
      }),
    ],
  }),
  { maxBytes: MAX_LETTER_FRAME },
);
/** Answers of the letter protocol. */
export const letterAnswerCodec: Codec<LetterAnswer> = createCodec(
  'node/letter-answer',
  schema.union({
    stored: [1, schema.struct({ receipt: [1, schema.bytes({ length: RECEIPT_BYTES })] })],
    later: [2, schema.struct({})],
    refused: [3, schema.struct({})],
    held: [4, schema.struct({})],
    noted: [5, schema.struct({})],
  }),
  { maxBytes: 1_024 },
);

import { type Codec, createCodec, schema } from '@pars/base';
import { LETTER_SIZES, RECEIPT_BYTES } from '@pars/session';

/** Name of the protocol on a link (PIP-5000 §9). */
export const LETTER_PROTOCOL: string = '/pars/letter/1';
/** Content of a frame of the letter protocol, in bytes. */
export const MAX_LETTER_FRAME: number = 262_144;

/** A letter to deliver, at most 261,632 bytes. */
export interface LetterRequest {
  readonly version: 1;
  readonly letter: Uint8Array;
}

/** What the recipient's node answers. */
export type LetterAnswer =
  | { readonly type: 'stored'; readonly receipt: Uint8Array }
  | { readonly type: 'later' }
  | { readonly type: 'refused' };

/** Requests of the letter protocol. */
export const letterRequestCodec: Codec<LetterRequest> = createCodec(
  'node/letter-request',
  schema.struct({
    version: [1, schema.literal(1)],
    letter: [2, schema.bytes({ min: 1, max: Math.max(...LETTER_SIZES) })],
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
  }),
  { maxBytes: 1_024 },
);

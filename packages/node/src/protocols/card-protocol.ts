import { type Codec, createCodec, schema } from '@pars/base';
import { INTRODUCTION_BYTES, MAX_CARD_BYTES, RECEIPT_BYTES } from '@pars/session';

/** Name of the protocol on a link (PIP-5000 §9). */
export const CARD_PROTOCOL: string = '/pars/card/1';
/** Content of a frame of the card protocol, in bytes. */
export const MAX_CARD_FRAME: number = 81_920;

const proofSchema = schema.bytes({ length: 32 });

/** What a newcomer asks; the proof has 32 bytes. */
export type CardRequest =
  | { readonly type: 'fetch'; readonly version: 1; readonly proof: Uint8Array }
  | {
      readonly type: 'introduce';
      readonly version: 1;
      readonly proof: Uint8Array;
      /** 65,024 bytes. */
      readonly introduction: Uint8Array;
    };

/** What the inviter's node answers. */
export type CardAnswer =
  | { readonly type: 'card'; readonly card: Uint8Array; readonly oneTimeKey: Uint8Array }
  | { readonly type: 'accepted'; readonly receipt: Uint8Array }
  | { readonly type: 'refused' }
  | { readonly type: 'later' };

/** Requests of the card protocol. */
export const cardRequestCodec: Codec<CardRequest> = createCodec(
  'node/card-request',
  schema.union({
    fetch: [1, schema.struct({ version: [1, schema.literal(1)], proof: [2, proofSchema] })],
    introduce: [
      2,
      schema.struct({
        version: [1, schema.literal(1)],
        proof: [2, proofSchema],
        introduction: [3, schema.bytes({ length: INTRODUCTION_BYTES })],
      }),
    ],
  }),
  { maxBytes: MAX_CARD_FRAME },
);
/** Answers of the card protocol. */
export const cardAnswerCodec: Codec<CardAnswer> = createCodec(
  'node/card-answer',
  schema.union({
    card: [
      1,
      schema.struct({
        card: [1, schema.bytes({ min: 1, max: MAX_CARD_BYTES })],
        oneTimeKey: [2, schema.bytes({ length: 1_600 })],
      }),
    ],
    accepted: [2, schema.struct({ receipt: [1, schema.bytes({ length: RECEIPT_BYTES })] })],
    refused: [3, schema.struct({})],
    later: [4, schema.struct({})],
  }),
  {
    maxBytes: MAX_CARD_FRAME,
  },
);

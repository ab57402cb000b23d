import {
  type Codec,
  createCodec,
  err,
  expose,
  type Failure,
  type Infer,
  ok,
  type Redacted,
  type Result,
  redact,
  schema,
} from '@pars/base';
import { type Endpoint, endpointSchema, isEndpoint } from '../contact/endpoint.ts';
import {
  type SessionId,
  sessionIdBytesSchema,
  sessionIdFromBytes,
  sessionIdToBytes,
} from '../identity/session-id.ts';
import { FORMAT_VERSION, MAX_CARD_BYTES, MAX_TEXT_BYTES, MAX_TEXT_CODE_UNITS } from '../limits.ts';
import { slotSchema } from '../slot.ts';

/** What a letter says. */
export type LetterBody =
  /** 1 to 16,384 bytes of UTF-8, at most 8,192 code units. */
  | { readonly type: 'text'; readonly text: string }
  /** The sender's new card; its reader verifies it. */
  | { readonly type: 'card'; readonly card: Uint8Array };

/** The content of a letter (PIP-5000 §6). */
export interface LetterContent {
  /** 16 random bytes. */
  readonly messageId: Uint8Array;
  readonly sentSlot: number;
  readonly sender: SessionId;
  /** 32 bytes: the hash of the sender's newest card. */
  readonly senderCardHash: Uint8Array;
  /** 32 random bytes, from which the recipient makes the receipt. */
  readonly receiptKey: Redacted<Uint8Array>;
  readonly endpoint: Endpoint;
  readonly body: LetterBody;
}

/** Checks the text of a message. Code: `session/bad-text`. */
export function checkText(text: string): Result<void, Failure<'session/bad-text'>> {
  const fits =
    text.length >= 1 &&
    text.length <= MAX_TEXT_CODE_UNITS &&
    text.isWellFormed() &&
    new TextEncoder().encode(text).length <= MAX_TEXT_BYTES;
  return fits ? ok(undefined) : err('session/bad-text');
}

/** The encoding. Throws when the content breaks the format: check texts with {@link checkText} first. */
export function encodeLetterContent(content: LetterContent): Uint8Array {
  return codec.encode({
    version: FORMAT_VERSION,
    messageId: content.messageId,
    sentSlot: content.sentSlot,
    sender: sessionIdToBytes(content.sender),
    senderCardHash: content.senderCardHash,
    receiptKey: expose(content.receiptKey),
    endpoint: content.endpoint,
    body: content.body,
  });
}

/** Total. Codes: `session/letter-malformed`, `session/unknown-version`. */
export function decodeLetterContent(bytes: Uint8Array): Result<LetterContent, Failure> {
  const decoded = codec.decode(bytes);
  if (!decoded.ok) return err('session/letter-malformed', { rule: 'content' });
  const { version, sender: senderBytes, receiptKey, ...rest } = decoded.value;
  if (version !== FORMAT_VERSION) return err('session/unknown-version');
  const sender = sessionIdFromBytes(senderBytes);
  if (sender === undefined) return err('session/letter-malformed', { rule: 'sender' });
  if (!isEndpoint(rest.endpoint)) return err('session/letter-malformed', { rule: 'endpoint' });
  if (rest.body.type === 'text' && !checkText(rest.body.text).ok) {
    return err('session/letter-malformed', { rule: 'text' });
  }
  return ok({ ...rest, sender, receiptKey: redact(receiptKey) });
}

const contentSchema = schema.struct({
  version: [1, schema.uint({ max: 255 })],
  messageId: [2, schema.bytes({ length: 16 })],
  sentSlot: [3, slotSchema],
  sender: [4, sessionIdBytesSchema],
  senderCardHash: [5, schema.bytes({ length: 32 })],
  receiptKey: [6, schema.bytes({ length: 32 })],
  endpoint: [7, endpointSchema],
  body: [
    8,
    schema.union({
      text: [1, schema.struct({ text: [1, schema.text({ min: 1, maxBytes: MAX_TEXT_BYTES })] })],
      card: [2, schema.struct({ card: [1, schema.bytes({ min: 1, max: MAX_CARD_BYTES })] })],
    }),
  ],
});

const codec: Codec<Infer<typeof contentSchema>> = createCodec(
  'session/letter-content',
  contentSchema,
  { maxBytes: 20_480 },
);

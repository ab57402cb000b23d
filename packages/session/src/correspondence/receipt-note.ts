import {
  concatBytes,
  err,
  type Failure,
  ok,
  ParsError,
  type Random,
  type Result,
} from '@pars/base';
import { SECRET_BOX_OVERHEAD, type Suite } from '@pars/crypto';
import { RECEIPT_BYTES } from '../letter/receipt.ts';
import { FORMAT_VERSION, SUITE_ID } from '../limits.ts';
import type { TagSequence } from './parcel-tag.ts';

/** A receipt on its way back, with the id of the message that it is for. */
export interface NotedReceipt {
  /** 16 bytes. */
  readonly messageId: Uint8Array;
  /** 32 bytes. */
  readonly receipt: Uint8Array;
}

/** Bytes of every receipt note: those of the smallest letter, so that carriers cannot tell the two apart. */
export const RECEIPT_NOTE_BYTES: number = 15_872;
/** Receipts that fit into one note. */
export const MAX_NOTED_RECEIPTS: number = 256;

/**
 * Seals receipts for the parcel with this tag (PIP-5000 §12). 1 to 256
 * receipts. Nothing is signed: it convinces its reader and nobody else.
 */
export async function sealReceiptNote(
  deps: { readonly suite: Pick<Suite, 'secretBox'>; readonly random: Random },
  note: {
    readonly tags: TagSequence;
    readonly tag: Uint8Array;
    readonly receipts: readonly NotedReceipt[];
  },
): Promise<Uint8Array> {
  const { receipts, tag, tags } = note;
  if (receipts.length < 1 || receipts.length > MAX_NOTED_RECEIPTS) {
    throw new ParsError('session/argument', { what: 'receipts' });
  }
  const plaintext = new Uint8Array(PLAINTEXT_BYTES);
  new DataView(plaintext.buffer).setUint16(0, receipts.length);
  receipts.forEach(({ messageId, receipt }, index) => {
    plaintext.set(messageId, COUNT_BYTES + index * ENTRY_BYTES);
    plaintext.set(receipt, COUNT_BYTES + index * ENTRY_BYTES + MESSAGE_ID_BYTES);
  });
  // In a letter's place of the hint.
  const front = concatBytes(PREFIX, deps.random.bytes(HINT_BYTES));
  const sealed = await deps.suite.secretBox.seal({
    key: tags.noteKeyOf(tag),
    context: NOTE_CONTEXT,
    plaintext,
    aad: concatBytes(front, tag),
  });
  return concatBytes(front, sealed);
}

/**
 * Opens what may be a receipt note. Total. Code: `session/note-malformed` for
 * everything else, a letter for example.
 */
export async function openReceiptNote(
  suite: Pick<Suite, 'secretBox'>,
  note: { readonly tags: TagSequence; readonly tag: Uint8Array; readonly body: Uint8Array },
): Promise<Result<readonly NotedReceipt[], Failure<'session/note-malformed'>>> {
  const { body, tag, tags } = note;
  if (body.length !== RECEIPT_NOTE_BYTES) return err('session/note-malformed');
  if (body[0] !== FORMAT_VERSION || body[1] !== SUITE_ID) return err('session/note-malformed');
  const opened = await suite.secretBox.open({
    key: tags.noteKeyOf(tag),
    context: NOTE_CONTEXT,
    sealed: body.subarray(FRONT_BYTES),
    aad: concatBytes(body.subarray(0, FRONT_BYTES), tag),
  });
  if (!opened.ok) return err('session/note-malformed');
  return readReceipts(opened.value);
}

function readReceipts(
  plaintext: Uint8Array,
): Result<readonly NotedReceipt[], Failure<'session/note-malformed'>> {
  const count = new DataView(plaintext.buffer, plaintext.byteOffset).getUint16(0);
  const end = COUNT_BYTES + count * ENTRY_BYTES;
  const isPadded = plaintext.subarray(end).every((byte) => byte === 0);
  if (count < 1 || count > MAX_NOTED_RECEIPTS || !isPadded) return err('session/note-malformed');
  return ok(
    Array.from({ length: count }, (_, index) => {
      const start = COUNT_BYTES + index * ENTRY_BYTES;
      return {
        messageId: plaintext.slice(start, start + MESSAGE_ID_BYTES),
        receipt: plaintext.slice(start + MESSAGE_ID_BYTES, start + ENTRY_BYTES),
      };
    }),
  );
}

const NOTE_CONTEXT = 'pars/1 receipt note';
const PREFIX = Uint8Array.of(FORMAT_VERSION, SUITE_ID);
const HINT_BYTES = 16;
const FRONT_BYTES = PREFIX.length + HINT_BYTES;
const COUNT_BYTES = 2;
const MESSAGE_ID_BYTES = 16;
const ENTRY_BYTES = MESSAGE_ID_BYTES + RECEIPT_BYTES;
const PLAINTEXT_BYTES = RECEIPT_NOTE_BYTES - FRONT_BYTES - SECRET_BOX_OVERHEAD;

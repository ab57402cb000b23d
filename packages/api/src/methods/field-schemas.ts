import * as v from 'valibot';
import { MAX_BUNDLE_PIECE, MAX_INVITE_LENGTH, MAX_TEXT_LENGTH } from '../limits.ts';

type TextSchema = v.GenericSchema<unknown, string>;
type NumberSchema = v.GenericSchema<unknown, number>;

/** `05` and 64 lower-case hex digits. */
export const sessionIdSchema: TextSchema = v.pipe(v.string(), v.regex(/^05[0-9a-f]{64}$/));
/** `pars://session/05…`. */
export const sessionLinkSchema: TextSchema = v.pipe(
  v.string(),
  v.regex(/^pars:\/\/session\/05[0-9a-f]{64}$/),
);
/** A person's name for themselves or for a contact: 1 to 64 code units, no control characters. */
export const nameSchema: TextSchema = v.pipe(
  text(1, 64),
  v.regex(/^\P{Cc}+$/u),
  v.check((name) => name.trim() !== ''),
);
/** 1 to 1,024 code units; how strong it must be is the session's rule. */
export const passwordSchema: TextSchema = text(1, 1_024);
/** The words of a recovery phrase, with spaces: 1 to 512 code units. */
export const phraseSchema: TextSchema = text(1, 512);
/** An invite as text: 1 to 65,536 visible ASCII characters. */
export const inviteSchema: TextSchema = v.pipe(
  text(1, MAX_INVITE_LENGTH),
  v.regex(/^[\x21-\x7e]+$/),
);
/** The text of a message: 1 to 8,192 code units. */
export const messageTextSchema: TextSchema = text(1, MAX_TEXT_LENGTH);
/** An id that the node made: 1 to 128 visible ASCII characters. */
export const opaqueIdSchema: TextSchema = v.pipe(text(1, 128), v.regex(/^[\x21-\x7e]+$/));
/** The id of a transfer or of a meeting: 32 hex digits. */
export const transferIdSchema: TextSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
/** Up to 256 KiB as base64url. */
export const pieceSchema: TextSchema = v.pipe(
  text(0, Math.ceil((MAX_BUNDLE_PIECE * 4) / 3)),
  v.regex(/^[\w-]*$/),
);
/** A stable code. */
export const codeSchema: TextSchema = v.pipe(text(1, 128), v.regex(/^[a-z0-9-]+\/[a-z0-9-]+$/));
/** A transport address (multiaddr): 1 to 512 visible ASCII characters. */
export const addressSchema: TextSchema = v.pipe(text(1, 512), v.regex(/^[\x21-\x7e]+$/));
/** `pars://node/…`: 1 to 2,800 visible ASCII characters. */
export const nodeLinkSchema: TextSchema = v.pipe(
  text(1, 2_800),
  v.regex(/^pars:\/\/node\/[\x21-\x7e]+$/),
);
/** An address or a node link: 1 to 2,800 visible ASCII characters. */
export const dialTargetSchema: TextSchema = v.pipe(text(1, 2_800), v.regex(/^[\x21-\x7e]+$/));
/** What a person pasted as an offer or answer; the node says what is wrong with it: 1 to 2,048 code units. */
export const meetingTextSchema: TextSchema = text(1, 2_048);
/** A signed list of nodes as text: up to 524,288 code units. */
export const nodeListSchema: TextSchema = text(1, 524_288);
/** A path of the node's file system: up to 4,096 code units. Strangers may have chosen a part of it. */
export const pathSchema: TextSchema = text(1, 4_096);
/** Plain words of the node: up to 1,024 code units. */
export const detailSchema: TextSchema = text(0, 1_024);
/** `major.minor.patch`, possibly with a suffix. */
export const versionSchema: TextSchema = v.pipe(text(1, 64), v.regex(/^\d+\.\d+\.\d+[\w.+-]*$/));
/** 0 to 2^53 - 1. */
export const countSchema: NumberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Milliseconds since 1970-01-01 UTC, or a duration: 0 to 2^53 - 1. */
export const millisecondsSchema: NumberSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Text that can be encoded as UTF-8: lone surrogates are refused. */
function text(minLength: number, maxLength: number): TextSchema {
  return v.pipe(
    v.string(),
    v.minLength(minLength),
    v.maxLength(maxLength),
    v.check((value) => value.isWellFormed()),
  );
}

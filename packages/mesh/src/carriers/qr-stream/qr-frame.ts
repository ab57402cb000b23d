import { concatBytes, equalBytes, ok, type Result, utf8ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { base45FromBytes, bytesFromBase45 } from './base45.ts';

/** What a stream of QR codes carries; its place plus one is its number (PIP-1007 §11). */
export const qrContents = ['bundle', 'parcels', 'text', 'card'] as const;
/** One of {@link qrContents}: a file of PIP-1004; parcels one after another; text in UTF-8, as a link; a contact card. */
export type QrContent = (typeof qrContents)[number];

/** Bytes of a frame beside its symbol. */
export const qrFrameOverhead = 27;
/** Bytes of a symbol at most: a frame that no QR code holds is never made. */
export const maxQrSymbolLength = 1_800;
const version = 1;

/** Bytes of a symbol whose frame has at most so many letters; `letters` is 45 or more. */
export function qrSymbolLength(letters: number): number {
  const bytes = 2 * Math.floor(letters / 3) + (letters % 3 === 2 ? 1 : 0);
  return Math.min(maxQrSymbolLength, bytes - qrFrameOverhead);
}
const tagLength = 16;
const checkLength = 4;

/** One picture of a stream (PIP-1007 §11). */
export interface QrFrame {
  readonly content: QrContent;
  /** 16 bytes that name the object. */
  readonly tag: Uint8Array;
  /** Bytes of the object. */
  readonly length: number;
  /** 0 to 2^24 - 1. */
  readonly symbolId: number;
  readonly symbol: Uint8Array;
}

/** The name of an object: 16 bytes of its hash. */
export function qrTag(
  symmetric: SymmetricPrimitives,
  content: QrContent,
  object: Uint8Array,
): Uint8Array {
  return symmetric
    .sha3(utf8ToBytes('pars/1 qr object'), Uint8Array.of(numberOf(content)), object)
    .slice(0, tagLength);
}

/** The letters of a frame, all of QR's alphanumeric mode. */
export function encodeQrFrame(symmetric: SymmetricPrimitives, frame: QrFrame): string {
  const body = concatBytes(
    Uint8Array.of(16 * version + numberOf(frame.content)),
    frame.tag,
    uint24ToBytes(frame.length),
    uint24ToBytes(frame.symbolId),
    frame.symbol,
  );
  return base45FromBytes(concatBytes(body, checkOf(symmetric, body)));
}

/** Reads what a picture said; `mesh/bad-qr-frame` for other codes and for ones that were read wrongly. Total. */
export function decodeQrFrame(
  symmetric: SymmetricPrimitives,
  text: string,
): Result<QrFrame, MeshFailure> {
  const maxLetters = Math.ceil(((maxQrSymbolLength + qrFrameOverhead) * 3) / 2);
  const bytes = text.length > maxLetters ? undefined : bytesFromBase45(text);
  if (bytes === undefined || bytes.length <= qrFrameOverhead) return meshErr('mesh/bad-qr-frame');
  const body = bytes.subarray(0, -checkLength);
  if (!equalBytes(bytes.subarray(-checkLength), checkOf(symmetric, body))) {
    return meshErr('mesh/bad-qr-frame');
  }
  const [first = 0] = body;
  const content = qrContents[(first & 15) - 1];
  const length = uint24FromBytes(body, 17);
  if (first >>> 4 !== version || content === undefined || length === 0) {
    return meshErr('mesh/bad-qr-frame');
  }
  const symbolId = uint24FromBytes(body, 20);
  return ok({ content, tag: body.slice(1, 17), length, symbolId, symbol: body.slice(23) });
}

function numberOf(content: QrContent): number {
  return qrContents.indexOf(content) + 1;
}

function checkOf(symmetric: SymmetricPrimitives, body: Uint8Array): Uint8Array {
  return symmetric.sha3(utf8ToBytes('pars/1 qr frame'), body).slice(0, checkLength);
}

function uint24ToBytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 16, value >>> 8, value);
}

function uint24FromBytes(bytes: Uint8Array, at: number): number {
  return 65_536 * (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0) + (bytes[at + 2] ?? 0);
}

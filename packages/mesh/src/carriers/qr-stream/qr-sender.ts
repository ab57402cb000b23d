import { ok, ParsError, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { createFountainEncoder, maxSourceSymbols } from '../fountain/index.ts';
import { encodeQrFrame, maxQrSymbolLength, type QrContent, qrTag } from './qr-frame.ts';

/** Bytes of an object at most. */
export const maxQrObjectLength = 4_194_304;

/** An endless row of pictures of one object (PIP-1007 §11). */
export interface QrSender {
  /** So many pictures are enough, if all are seen. */
  readonly sourceCount: number;
  /** The letters of picture `number`, from 0 on without end; any of them may be missed. */
  frame(number: number): string;
}

/**
 * A sender of 1 to 4,194,304 bytes in symbols of `symbolLength`, 1 to 1,800;
 * `mesh/qr-object-too-large` beyond that or beyond 4,096 symbols.
 */
export function createQrSender(
  symmetric: SymmetricPrimitives,
  content: QrContent,
  object: Uint8Array,
  symbolLength: number,
): Result<QrSender, MeshFailure> {
  const isLength = Number.isInteger(symbolLength) && symbolLength >= 1;
  if (object.length === 0 || !isLength || symbolLength > maxQrSymbolLength) {
    throw new ParsError('mesh/argument', { what: 'qrObject' });
  }
  const maxBytes = Math.min(maxQrObjectLength, maxSourceSymbols * symbolLength);
  if (object.length > maxBytes) return meshErr('mesh/qr-object-too-large', { maxBytes });
  // Parts as equal as can be: the last one is not filled up for nothing.
  const count = Math.ceil(object.length / symbolLength);
  const evenLength = Math.ceil(object.length / count);
  const encoder = createFountainEncoder(object, evenLength);
  const { sourceCount } = encoder;
  const tag = qrTag(symmetric, content, object);
  return ok({
    sourceCount,
    frame(number) {
      const ids = 2 ** 24;
      const symbolId = number < ids ? number : sourceCount + ((number - ids) % (ids - sourceCount));
      const symbol = encoder.symbol(symbolId);
      return encodeQrFrame(symmetric, { content, tag, length: object.length, symbolId, symbol });
    },
  });
}

import { equalBytes, hex, ok, ParsError, type Result } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { createObjectAssembly, maxSourceSymbols, type ObjectAssembly } from '../fountain/index.ts';
import { decodeQrFrame, type QrContent, type QrFrame, qrTag } from './qr-frame.ts';
import { maxQrObjectLength } from './qr-sender.ts';

/** How far a stream has come. */
export type QrProgress =
  | { readonly state: 'more'; readonly missing: number; readonly sourceCount: number }
  | { readonly state: 'done'; readonly content: QrContent; readonly object: Uint8Array };

/** Puts the object of a stream together from pictures in any order, from any start (PIP-1007 §11). */
export interface QrReceiver {
  /**
   * Takes what a camera read. Fails with `mesh/bad-qr-frame` (look at the next
   * picture), `mesh/qr-object-too-large` or `mesh/qr-object-damaged`. Total.
   */
  add(text: string): Result<QrProgress, MeshFailure>;
}

/** Objects that are put together at a time; the one seen longest ago gives way. */
const maxObjects = 2;

interface Incoming {
  readonly name: string;
  readonly sourceCount: number;
  readonly assembly: ObjectAssembly<Uint8Array>;
}

/** A receiver of objects of up to `maxBytes` (default 4 MiB); it holds two at most, each with as much again for its equations. */
export function createQrReceiver(
  symmetric: SymmetricPrimitives,
  options: { readonly maxBytes?: number } = {},
): QrReceiver {
  const { maxBytes = maxQrObjectLength } = options;
  if (!(maxBytes >= 1 && maxBytes <= maxQrObjectLength)) {
    throw new ParsError('mesh/argument', { what: 'maxBytes' });
  }
  let incoming: readonly Incoming[] = [];

  function begin(name: string, { content, length, symbol, tag }: QrFrame): Incoming {
    const verify = (object: Uint8Array): Uint8Array | undefined =>
      equalBytes(qrTag(symmetric, content, object), tag) ? object : undefined;
    const shape = { objectLength: length, symbolLength: symbol.length };
    const sourceCount = Math.ceil(length / symbol.length);
    return { name, sourceCount, assembly: createObjectAssembly(shape, verify) };
  }

  return {
    add(text) {
      const read = decodeQrFrame(symmetric, text);
      if (!read.ok) return read;
      const { content, length, symbol, symbolId, tag } = read.value;
      const sourceCount = Math.ceil(length / symbol.length);
      if (length > maxBytes) return meshErr('mesh/qr-object-too-large', { maxBytes });
      if (sourceCount > maxSourceSymbols) return meshErr('mesh/bad-qr-frame');
      const name = `${content} ${length} ${symbol.length} ${hex.encode(tag)}`;
      const current = incoming.find((other) => other.name === name) ?? begin(name, read.value);
      incoming = [current, ...incoming.filter((other) => other !== current)].slice(0, maxObjects);
      const { assembly } = current;
      const state = assembly.add(symbolId, symbol, undefined);
      const object = assembly.result();
      if (object !== undefined) return ok({ state: 'done', content, object });
      if (state === 'given-up') return meshErr('mesh/qr-object-damaged');
      return ok({ state: 'more', missing: assembly.missing, sourceCount });
    },
  };
}

import { type Random, uint32ToBytes } from '@pars/base';
import type { SymmetricPrimitives } from '@pars/crypto';
import { CELL_KIND, openCell, sealCell } from './cell.ts';
import { randomBytes } from './draws.ts';
import { cellBytes, entriesPerMap, type Geometry } from './geometry.ts';
import { encodeMapPage } from './page-map.ts';
import { decodeRootRecord, encodeRootRecord } from './root-record.ts';

const NONCE_LENGTH = 12;

/** What an unlock does where there is nothing to do, so that it does the same amount in any case (PIP-3000 §10). */
export interface SpareWork {
  /** Opens a cell and gives its page, a full map page. It opens: to refuse one costs more. */
  readonly openCell: () => Uint8Array;
  /** Opens a root and reads it. */
  readonly openRoot: () => void;
}

/** Spare work under keys of its own. */
export function createSpareWork(
  deps: { readonly symmetric: SymmetricPrimitives; readonly random: Random },
  geometry: Geometry,
): SpareWork {
  const { symmetric, random } = deps;
  const cell = randomBytes(random, cellBytes(geometry));
  const header = { kind: CELL_KIND.leaf, page: 0, version: 0, writtenAt: 0 };
  const key = random.bytes(32);
  const versionKey = { version: 1, key: random.bytes(32) };
  const entries = Array.from({ length: entriesPerMap(geometry) }, () => versionKey);
  sealCell(symmetric, geometry, {
    window: cell,
    slot: 0,
    mask: new Uint8Array(48),
    header,
    key,
    content: encodeMapPage(geometry, entries),
  });
  const nonce = random.bytes(NONCE_LENGTH);
  const stripe = uint32ToBytes(0);
  const record = encodeRootRecord({
    volume: 1,
    flush: 0,
    day: 0,
    extraFlushes: 0,
    tops: [versionKey],
    secrets: { decoy: key, hidden: key, root: key },
  });
  const sealedRoot = symmetric.gcmSeal(key, nonce, record, stripe);
  return {
    openCell: () => openCell(symmetric, geometry, cell, header, key) ?? new Uint8Array(0),
    openRoot() {
      const opened = symmetric.gcmOpen(key, nonce, sealedRoot, stripe);
      if (opened !== undefined) decodeRootRecord(opened);
    },
  };
}

import { hex } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { CELL_KIND, cellOf, maskOfWindow, sealCell } from './cell.ts';
import { encodeCommit } from './commit-cell.ts';
import { type Geometry, windowBytes } from './geometry.ts';
import { createKeySet, sealKeySlot } from './key-page.ts';
import { encodeMapPage } from './page-map.ts';
import { derivePasswordKeys, hashPassword } from './password-keys.ts';
import { encodeRootRecord, type RootRecord } from './root-record.ts';
import { createStripe, rootKeysFrom } from './root-stripe.ts';
import { slabWindowBytes } from './slab/slab-geometry.ts';
import { commitSlabWindow, sealChunk, slabCellOf } from './slab/slab-window.ts';
import { FAST_SUITE, password } from './vault-fixture.ts';
import { deriveVaultKey } from './vault-keys.ts';

const GEOMETRY: Geometry = { windows: 8, pageBytes: 4096, passwordProfile: 'phone' };

/**
 * Every format once, from fixed inputs: the password hash is replaced by
 * HKDF-SHA-512(password, salt, "test", 32), random bytes come from the seeded
 * generator of `@pars/base/fakes`. Long values are given as their SHA3-256.
 */
export async function makeVectors(): Promise<Readonly<Record<string, unknown>>> {
  const { symmetric } = FAST_SUITE;
  const random = createSimulationRandom('vault vectors');
  const secret = pattern(32, 1);
  const version = { version: 0x0102_0304_0506, key: pattern(32, 2) };
  const record: RootRecord = {
    volume: 1,
    flush: 13,
    day: 20_779,
    extraFlushes: 5,
    tops: [version, undefined, undefined, undefined],
    secrets: { decoy: pattern(32, 3), hidden: pattern(32, 4), root: pattern(32, 10) },
  };
  const hash = await hashPassword(FAST_SUITE, GEOMETRY, password('a password'), pattern(32, 5));
  const keys = derivePasswordKeys(symmetric, hash, pattern(32, 11), pattern(64, 6));
  const window = pattern(windowBytes(GEOMETRY), 7);
  const maskKey = deriveVaultKey(symmetric, secret, 'cell mask');
  const mask = maskOfWindow(symmetric, maskKey, window);
  const header = { kind: CELL_KIND.leaf, page: 7, version: 12, writtenAt: 13 };
  const content = encodeMapPage(GEOMETRY, [undefined, version]);
  sealCell(symmetric, GEOMETRY, { window, slot: 3, mask, header, key: pattern(32, 8), content });
  const cell = cellOf(GEOMETRY, window, 3);
  const commit = encodeCommit(
    symmetric,
    GEOMETRY,
    { flush: 13, erasedSlots: Array.from({ length: 16 }, (_, at) => at * 4) },
    window,
    5,
  );
  const keySet = createKeySet(random);
  const slotSecrets = { decoy: secret, root: pattern(32, 10) };
  sealKeySlot({ symmetric, random }, keySet, 'duress', pattern(32, 9), slotSecrets);
  const stripe = createStripe({ symmetric, random }, 5, [
    { keys: rootKeysFrom(symmetric, secret), record },
  ]);
  const slab = { windows: 8, chunkBytes: 64 };
  const slabWindow = pattern(slabWindowBytes(slab), 12);
  sealChunk(symmetric, slab, {
    window: slabWindow,
    slot: 3,
    maskKey: deriveVaultKey(symmetric, secret, 'slab mask'),
    entry: { chunk: 7, version: 0x0102_0304_0506, writtenAt: 13 },
    key: pattern(32, 8),
    content: pattern(64, 13),
  });
  commitSlabWindow(symmetric, deriveVaultKey(symmetric, secret, 'slab commit'), slabWindow, 13);
  const digest = (bytes: Uint8Array): string => hex.encode(symmetric.sha3(bytes));
  return {
    keys: {
      decoy: hex.encode(keys.decoy),
      duress: hex.encode(keys.duress),
      hidden: keys.hidden.map((key) => hex.encode(key)),
      keySlot: hex.encode(deriveVaultKey(symmetric, secret, 'key slot')),
      rootTag: hex.encode(deriveVaultKey(symmetric, secret, 'root tag')),
      root: hex.encode(deriveVaultKey(symmetric, secret, 'root')),
      cellMask: hex.encode(maskKey),
      commit: hex.encode(deriveVaultKey(symmetric, secret, 'commit')),
    },
    rootRecord: hex.encode(encodeRootRecord(record)),
    mapPage: digest(content),
    cellStart: hex.encode(cell.subarray(0, 96)),
    cell: digest(cell),
    commitPage: hex.encode(commit.subarray(0, 64)),
    duressSlot: hex.encode(keySet.subarray(192, 284)),
    stripeSlots: stripe.slots[0],
    stripe: digest(stripe.bytes),
    slabCommit: hex.encode(slabWindow.subarray(16, 96)),
    slabEntry: hex.encode(slabWindow.subarray(240, 288)),
    slabCell: hex.encode(slabCellOf(slab, slabWindow, 3)),
    slabWindow: digest(slabWindow),
  };
}

function pattern(length: number, start: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 29 + start) % 256);
}

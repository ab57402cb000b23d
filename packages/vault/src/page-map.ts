import { concatBytes } from '@pars/base';
import { entriesPerMap, type Geometry, MAP_ENTRY_BYTES } from './geometry.ts';
import type { VersionKey } from './root-record.ts';
import { readUint48, writeUint48 } from './uint48.ts';

/** The content of a map page: version 6 ‖ key 32 for each page below it, zeros where there is none (PIP-3000 §6). */
export function encodeMapPage(
  geometry: Geometry,
  entries: readonly (VersionKey | undefined)[],
): Uint8Array {
  const bytes = new Uint8Array(geometry.pageBytes);
  entries.forEach((entry, index) => {
    if (entry === undefined) return;
    writeUint48(bytes, index * MAP_ENTRY_BYTES, entry.version);
    bytes.set(entry.key, index * MAP_ENTRY_BYTES + 6);
  });
  return bytes;
}

/** The entries of a map page, by position. Total: any bytes of a page's length give entries. */
export function decodeMapPage(
  geometry: Geometry,
  bytes: Uint8Array,
): readonly (VersionKey | undefined)[] {
  return Array.from({ length: entriesPerMap(geometry) }, (_, index) => {
    const offset = index * MAP_ENTRY_BYTES;
    const version = readUint48(bytes, offset);
    if (version === 0) return undefined;
    return { version, key: concatBytes(bytes.subarray(offset + 6, offset + MAP_ENTRY_BYTES)) };
  });
}

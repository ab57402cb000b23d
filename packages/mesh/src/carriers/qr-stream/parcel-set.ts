import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../../errors.ts';
import { parcelSizes } from '../../parcel/parcel-size.ts';

/**
 * The parcels of a stream whose content is `parcels` (PIP-1007 §11): cut by the
 * bucket in each header, not read any further. `mesh/bad-parcel` when the bytes
 * do not come out even. Total.
 */
export function parcelsFromSet(bytes: Uint8Array): Result<readonly Uint8Array[], MeshFailure> {
  const parcels: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = parcelSizes[bytes[at + 2] ?? parcelSizes.length];
    if (size === undefined || at + size > bytes.length) {
      return meshErr('mesh/bad-parcel', { what: 'set' });
    }
    parcels.push(bytes.subarray(at, at + size));
    at += size;
  }
  return ok(parcels);
}

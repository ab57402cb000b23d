import type { SimulationRandom } from '@pars/base/fakes';
import type { SymmetricPrimitives } from '@pars/crypto';

/** A parcel of PIP-1002 §2 with random content of `sizeBytes` in all, whose work was not done. */
export function makeSimulatedParcel(
  symmetric: SymmetricPrimitives,
  random: SimulationRandom,
  isEmergency: boolean,
  sizeBytes = 1_024,
): Uint8Array {
  const parcel = new Uint8Array(sizeBytes);
  parcel.set([1, 1, [1, 4, 8, 16, 64, 256].indexOf(sizeBytes / 1_024), isEmergency ? 2 : 0]);
  new DataView(parcel.buffer).setUint32(4, 6_000_000);
  parcel.set(random.bytes(32), 12);
  parcel.set(random.bytes(512), 512);
  parcel.set(symmetric.sha3(parcel.subarray(512)), 44);
  parcel[76] = 1;
  parcel.set(random.bytes(132), 77);
  return parcel;
}

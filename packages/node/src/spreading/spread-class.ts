import {
  decodeParcelHeader,
  type GossipClass,
  type ParcelNetwork,
  parcelHeaderLength,
} from '@pars/mesh';

/**
 * How a parcel that this node holds spreads (PIP-1008 §1): an emergency
 * everywhere, everything else on an island only. `undefined`: it does not, it
 * goes to the keepers of its shard, or it is none.
 */
export function spreadClassOf(
  network: ParcelNetwork,
  parcel: Uint8Array,
  isIsland: boolean,
): GossipClass | undefined {
  const header = decodeParcelHeader(network, parcel.subarray(0, parcelHeaderLength));
  if (!header.ok) return undefined;
  if (header.value.priority === 'emergency') return 'emergency';
  return isIsland ? 'island' : undefined;
}

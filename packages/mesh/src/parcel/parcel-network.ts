import { ParsError } from '@pars/base';

/** What a network fixes in its genesis about parcels. No node has an option for it (PIP-1002 §7). */
export interface ParcelNetwork {
  /** Width of a shard in bits, 0 to 32 (PIP-1002 §2). */
  readonly shardBits: number;
  /** Size of the postage puzzle: 8 to 16. Memory and time double with each (PIP-1002 §4). */
  readonly puzzleBits: number;
  /** Least level of postage, 0 to 24; the cost doubles with each (PIP-1002 §5). */
  readonly leastLevel: number;
}

/** Throws `mesh/argument` unless the values are in their ranges. */
export function requireParcelNetwork(network: ParcelNetwork): void {
  requireWithin(network.shardBits, 0, 32, 'shardBits');
  requireWithin(network.puzzleBits, 8, 16, 'puzzleBits');
  requireWithin(network.leastLevel, 0, 24, 'leastLevel');
}

/** The mask of a shard's unused low bits, which are zero (PIP-1002 §2). */
export function unusedShardMask(shardBits: number): number {
  return shardBits === 32 ? 0 : 0xffff_ffff >>> shardBits;
}

function requireWithin(value: number, least: number, most: number, what: string): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ParsError('mesh/argument', { what });
  }
}

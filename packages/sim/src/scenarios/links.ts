import { frameUnit } from '@pars/mesh';
import type { LinkProfile } from '../kernel/index.ts';

/** Length byte, content length and tag of a frame (PIP-1000 §7). */
const frameOverhead = 19;

/** Bytes that the link's frames take on the wire for so many bytes of content (PIP-1000 §7). */
function frameBytes(length: number): number {
  return Math.ceil((length + frameOverhead) / frameUnit) * frameUnit;
}

/** Two nodes in the same house. */
export const lan: LinkProfile = {
  name: 'lan',
  medianMs: 2,
  p95Ms: 8,
  stream: true,
  bytesPerSecond: 2_000_000,
  wireBytes: frameBytes,
};

/** Through weak uplinks that whole houses share. */
export const uplink: LinkProfile = {
  name: 'uplink',
  medianMs: 80,
  p95Ms: 250,
  loss: 0.02,
  stream: true,
  usesUplink: true,
  usesDownlink: true,
  wireBytes: frameBytes,
};

/** A common connection between any two nodes. */
export const internet: LinkProfile = {
  name: 'internet',
  medianMs: 50,
  p95Ms: 150,
  loss: 0.01,
  stream: true,
  bytesPerSecond: 1_000_000,
  wireBytes: frameBytes,
};

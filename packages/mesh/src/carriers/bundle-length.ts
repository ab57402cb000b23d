import { bundleLayout, fileLength, paddedChunkCount } from '../bundle/bundle-layout.ts';

/** Whether an undamaged bundle may have so many bytes (PIP-1004 §2): few lengths are possible. */
export function mayBeBundleLength(length: number): boolean {
  const chunks = length / bundleLayout.chunkLength - 1;
  if (!Number.isInteger(chunks) || chunks < 1 || chunks > 2 ** 20) return false;
  return paddedChunkCount(chunks) === chunks && fileLength(bundleLayout, chunks) === length;
}

import type { ParcelStore, TaggedParcelEntry } from '@pars/mesh';

/**
 * The parcels that bear one of the tags, at most `limit` of each tag. Whoever
 * sees a tag pass can make copies of it; a heap of them must not hide what
 * comes under the other tags.
 */
export async function findTagged(
  parcels: Pick<ParcelStore, 'find'>,
  tags: readonly Uint8Array[],
  limit: number,
  signal?: AbortSignal,
): Promise<readonly TaggedParcelEntry[]> {
  const together = await parcels.find({ tags, limit }, signal);
  if (together.length < limit || tags.length < 2) return together;
  const middle = tags.length >> 1;
  const first = await findTagged(parcels, tags.slice(0, middle), limit, signal);
  const second = await findTagged(parcels, tags.slice(middle), limit, signal);
  return [...first, ...second];
}

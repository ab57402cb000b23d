import type { Media } from './media.ts';

/** A part of a medium. */
export interface Region {
  readonly offset: number;
  readonly length: number;
}

/**
 * The bytes of regions in order. While one is worked on the next is read, and
 * memory is that of two: what is given holds until the next one is asked for.
 */
export async function* readAhead(
  media: Media,
  regions: readonly Region[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const longest = regions.reduce((most, { length }) => Math.max(most, length), 0);
  const buffers = [new Uint8Array(longest), new Uint8Array(longest)] as const;
  const read = (at: number): Promise<Uint8Array> | undefined => {
    const region = regions[at];
    if (region === undefined) return undefined;
    const buffer = buffers[at % 2 === 0 ? 0 : 1].subarray(0, region.length);
    const bytes = media.read(region.offset, region.length, buffer);
    // Who stops in the middle does not wait for it; who goes on sees it fail there.
    bytes.catch(() => undefined);
    return bytes;
  };
  let next = read(0);
  for (let at = 0; next !== undefined; at += 1) {
    const bytes = await next;
    next = read(at + 1);
    yield bytes;
  }
}

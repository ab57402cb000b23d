import { type RandomDep } from '@pars/base';
import { randomBytes } from './draws.ts';
import { SALT_PAGE_BYTES } from './geometry.ts';
import type { MediaDep } from './media.ts';

/** How far a medium is filled: bytes from its start that survive a crash as random ones. */
export type RandomiseProgress = (doneBytes: number) => void;

const STEP_BYTES = 262_144;
const STEPS_PER_FLUSH = 32;

/**
 * Fills a medium with random bytes, in the order in which it matters: first the
 * salt page, without which no password opens anything, then the root stripes,
 * then the rest, which is the order of a container. A crash loses at most 8 MiB
 * of progress; `fromByte`, as `onProgress` gave it, goes on from there. Rejects
 * when the medium fails.
 */
export async function randomiseMedia(
  deps: MediaDep & RandomDep,
  options: { readonly fromByte?: number; readonly onProgress?: RandomiseProgress } = {},
): Promise<void> {
  const { media, random } = deps;
  let done = options.fromByte ?? 0;
  let unflushed = 0;
  while (done < media.sizeBytes) {
    const step = done === 0 ? SALT_PAGE_BYTES : STEP_BYTES;
    const length = Math.min(step, media.sizeBytes - done);
    await media.write(done, randomBytes(random, length));
    unflushed += 1;
    const isUrgent = done === 0 || unflushed === STEPS_PER_FLUSH;
    done += length;
    if (!isUrgent && done < media.sizeBytes) continue;
    await media.flush();
    unflushed = 0;
    options.onProgress?.(done);
  }
}

import { type Clock, ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '@pars/mesh';

/**
 * Reads along what the other node sends to our multiplexer, and says when it
 * asks for more than an honest one does (PIP-1000 §8). The multiplexer itself
 * would collect a frame of any announced length and answer any number of pings.
 */
export interface YamuxWatch {
  /** The next bytes of the link's content. Code: `mesh/muxer-abuse`; the link is then over. */
  see(content: Uint8Array): Result<void, MeshFailure>;
}

/** Longest data frame in bytes: the largest window of a stream. */
export const maxYamuxFrame = 1_048_576;
/** Pieces in which one frame may arrive; each is held until the frame is whole. */
export const maxYamuxPieces = 256;

/** How many of a kind may come at once, and how many a second after that. */
const allowances = {
  openedStream: { burst: 1_024, perSecond: 128 },
  ping: { burst: 32, perSecond: 2 },
  /** Data frames below 256 bytes: each costs us more memory than it carries. */
  smallData: { burst: 8_192, perSecond: 2_048 },
  /** Windows, ends and resets; a receiver of bulk data opens its window for each frame. */
  control: { burst: 32_768, perSecond: 16_384 },
} as const;

type FrameKind = keyof typeof allowances;

const headerLength = 12;
const smallDataBytes = 256;
const frameType = { data: 0, ping: 2 } as const;
const flagSyn = 1;

/** A watch at the beginning of a link. */
export function createYamuxWatch({ clock }: { readonly clock: Clock }): YamuxWatch {
  const header = new Uint8Array(headerLength);
  const view = new DataView(header.buffer);
  const left = { openedStream: 0, ping: 0, smallData: 0, control: 0 };
  let headerSize = 0;
  let bodyLeft = 0;
  let pieces = 0;
  let refilledAtMs = clock.monotonicMs();
  for (const kind of kinds) left[kind] = allowances[kind].burst;

  return {
    see(content) {
      refill();
      if (headerSize > 0 || bodyLeft > 0) pieces += 1;
      if (pieces > maxYamuxPieces) return meshErr('mesh/muxer-abuse');
      for (let offset = 0; offset < content.length; ) {
        if (bodyLeft > 0) {
          const passed = Math.min(bodyLeft, content.length - offset);
          bodyLeft -= passed;
          offset += passed;
        } else {
          const wanted = content.subarray(offset, offset + headerLength - headerSize);
          header.set(wanted, headerSize);
          headerSize += wanted.length;
          offset += wanted.length;
          if (headerSize < headerLength) break;
          headerSize = 0;
          if (!judgeHeader()) return meshErr('mesh/muxer-abuse');
        }
        if (bodyLeft === 0) pieces = 0;
      }
      return ok(undefined);
    },
  };

  /** Whether the frame that begins here may come. What is no frame at all, the multiplexer refuses. */
  function judgeHeader(): boolean {
    const isData = header[1] === frameType.data;
    const length = view.getUint32(8);
    bodyLeft = isData ? length : 0;
    if (isData && length > maxYamuxFrame) return false;
    if (
      (view.getUint16(2) & flagSyn) !== 0 &&
      !take(header[1] === frameType.ping ? 'ping' : 'openedStream')
    ) {
      return false;
    }
    if (isData) return length >= smallDataBytes || take('smallData');
    return take('control');
  }

  function take(kind: FrameKind): boolean {
    left[kind] -= 1;
    return left[kind] >= 0;
  }

  function refill(): void {
    const nowMs = clock.monotonicMs();
    const seconds = (nowMs - refilledAtMs) / 1_000;
    refilledAtMs = nowMs;
    for (const kind of kinds) {
      const { burst, perSecond } = allowances[kind];
      left[kind] = Math.min(burst, left[kind] + seconds * perSecond);
    }
  }
}

const kinds = Object.keys(allowances) as readonly FrameKind[];

import { concatBytes, ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';
import { maxSyncMessage } from './sync-message.ts';

/** length [2] ‖ message: how a message crosses a stream, at most 32 KiB (PIP-1003 §5). */
export function encodeSyncFrame(message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(message.length >>> 8, message.length), message);
}

/** Cuts a stream into messages. */
export interface SyncFrameReader {
  /**
   * The messages that are complete now. An empty or too long one is
   * `mesh/bad-sync-message`; then the stream is of no more use. Holds less than
   * one frame beyond the chunk.
   */
  push(chunk: Uint8Array): Result<readonly Uint8Array[], MeshFailure>;
}

/** A reader at the begin of a stream. */
export function createSyncFrameReader(): SyncFrameReader {
  let rest: Uint8Array = new Uint8Array(0);
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : concatBytes(rest, chunk);
      const messages: Uint8Array[] = [];
      let at = 0;
      while (bytes.length - at >= 2) {
        const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
        if (length === 0 || length > maxSyncMessage) {
          return meshErr('mesh/bad-sync-message', { what: 'frame' });
        }
        if (bytes.length - at - 2 < length) break;
        messages.push(bytes.slice(at + 2, at + 2 + length));
        at += 2 + length;
      }
      rest = bytes.slice(at);
      return ok(messages);
    },
  };
}

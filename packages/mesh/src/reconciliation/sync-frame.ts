import { ok, type Result } from '@pars/base';
import { type MeshFailure, meshErr } from '../errors.ts';
import { createMessageFrameReader } from '../message-frame.ts';
import { maxSyncMessage } from './sync-message.ts';

/** Cuts a stream into messages of at most 32 KiB (PIP-1003 §5). */
export interface SyncFrameReader {
  /** The messages that are complete now. An empty or too long one is `mesh/bad-sync-message`; then the stream is of no more use. */
  push(chunk: Uint8Array): Result<readonly Uint8Array[], MeshFailure>;
}

/** A reader at the begin of a stream. */
export function createSyncFrameReader(): SyncFrameReader {
  const reader = createMessageFrameReader(maxSyncMessage);
  return {
    push(chunk) {
      const messages = reader.push(chunk);
      return messages === undefined
        ? meshErr('mesh/bad-sync-message', { what: 'frame' })
        : ok(messages);
    },
  };
}

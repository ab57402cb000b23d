import type { ChatMessage, Contact, IdentityState } from '@pars/api';
import { err, type Failure, type Log, ok, type Result } from '@pars/base';
import { streamEvents } from './event-stream.ts';
import { codeOf } from './task-set.ts';

/** What happens inside the engine, for whoever composes it. */
export type NodeEvent =
  /** A new message, or one whose state changed. */
  | { readonly type: 'message'; readonly message: ChatMessage }
  /** A contact was added, renamed or confirmed. */
  | { readonly type: 'contact'; readonly contact: Contact }
  /** The identity was created, opened or locked. */
  | { readonly type: 'identity'; readonly state: IdentityState };

/** Delivers events to listeners and bounded watchers. */
export interface EventHub {
  publish(event: NodeEvent): void;
  /** Calls `listener` at once for each event until the returned function is called. */
  subscribe(listener: (event: NodeEvent) => void): () => void;
  /**
   * Messages from now on. Ends when the person locks or the signal aborts;
   * throws `node/slow-watcher` when 1,024 messages waited unread.
   * Code: `node/too-many-watchers`.
   */
  watchMessages(
    filter: (message: ChatMessage) => boolean,
    signal: AbortSignal,
  ): Result<AsyncIterable<ChatMessage>, Failure>;
}

/** A hub without listeners. */
export function createEventHub(log: Log): EventHub {
  const listeners = new Set<(event: NodeEvent) => void>();
  let watcherCount = 0;

  function publish(event: NodeEvent): void {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (error) {
        log.write('error', 'node/listener-failed', { code: codeOf(error) });
      }
    }
  }

  function subscribe(listener: (event: NodeEvent) => void): () => void {
    // A closure of its own, so that the same function may listen twice.
    const entry = (event: NodeEvent) => listener(event);
    listeners.add(entry);
    return () => {
      listeners.delete(entry);
    };
  }

  function watchMessages(
    filter: (message: ChatMessage) => boolean,
    signal: AbortSignal,
  ): Result<AsyncIterable<ChatMessage>, Failure> {
    if (watcherCount >= MAX_WATCHERS) return err('node/too-many-watchers');
    watcherCount += 1;
    const stream = streamEvents<ChatMessage>(
      (sink) =>
        subscribe((event) => {
          if (event.type === 'identity' && event.state !== 'open') sink.end();
          else if (event.type === 'message' && filter(event.message)) sink.push(event.message);
        }),
      signal,
      () => {
        watcherCount -= 1;
      },
    );
    return ok(stream);
  }

  return { publish, subscribe, watchMessages };
}

const MAX_WATCHERS = 64;

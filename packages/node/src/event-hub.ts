import type { ChatMessage, Contact, IdentityState } from '@pars/api';
import { err, type Failure, type Log, ok, ParsError, type Result } from '@pars/base';
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
    const waiting: ChatMessage[] = [];
    let end: 'open' | 'done' | 'slow' = 'open';
    let wake: () => void = () => undefined;

    const unsubscribe = subscribe((event) => {
      if (event.type === 'identity' && event.state !== 'open') return finish('done');
      if (event.type !== 'message' || !filter(event.message)) return;
      if (waiting.length >= MAX_WAITING_EVENTS) return finish('slow');
      waiting.push(event.message);
      wake();
    });
    const onAbort = () => finish('done');

    function finish(how: 'done' | 'slow'): void {
      if (end !== 'open') return;
      end = how;
      watcherCount -= 1;
      // Messages are personal: nothing of them stays behind a lock.
      waiting.length = 0;
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
      wake();
    }

    signal.addEventListener('abort', onAbort);
    if (signal.aborted) finish('done');

    async function* iterate(): AsyncGenerator<ChatMessage> {
      try {
        for (;;) {
          const message = waiting.shift();
          if (message !== undefined) yield message;
          else if (end === 'slow') throw new ParsError('node/slow-watcher');
          else if (end === 'done') return;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        finish('done');
      }
    }
    return ok(closing(iterate(), () => finish('done')));
  }

  return { publish, subscribe, watchMessages };
}

/** A generator that was never started does not run its `finally`: this does the closing then. */
function closing<T>(generator: AsyncGenerator<T>, close: () => void): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => generator.next(),
      async return() {
        close();
        return await generator.return(undefined);
      },
    }),
  };
}

const MAX_WATCHERS = 64;
const MAX_WAITING_EVENTS = 1_024;

import { ParsError } from '@pars/base';

/** Where the events of a stream go in. */
export interface EventSink<T> {
  push(event: T): void;
  end(): void;
}

/**
 * The events that `subscribe` gives from now on, kept for a slow reader: it
 * ends when the sink or the signal says so, and throws `node/slow-watcher` when
 * 1,024 wait unread. What waits is dropped at the end. `subscribe` is called at
 * once and returns how to stop; `onEnd` runs once.
 */
export function streamEvents<T>(
  subscribe: (sink: EventSink<T>) => () => void,
  signal: AbortSignal,
  onEnd: () => void = () => undefined,
): AsyncIterable<T> {
  const waiting: T[] = [];
  let state: 'open' | 'done' | 'slow' = 'open';
  let wake: () => void = () => undefined;
  let unsubscribe: () => void = () => undefined;
  const onAbort = () => finish('done');

  function finish(how: 'done' | 'slow'): void {
    if (state !== 'open') return;
    state = how;
    // Events may be personal: nothing of them stays behind a lock.
    waiting.length = 0;
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
    onEnd();
    wake();
  }

  async function* iterate(): AsyncGenerator<T> {
    try {
      for (;;) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else if (state === 'slow') throw new ParsError('node/slow-watcher');
        else if (state === 'done') return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      finish('done');
    }
  }

  unsubscribe = subscribe({
    push(event) {
      if (state !== 'open') return;
      if (waiting.length >= MAX_WAITING) return finish('slow');
      waiting.push(event);
      wake();
    },
    end: () => finish('done'),
  });
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) finish('done');
  return closing(iterate(), () => finish('done'));
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

const MAX_WAITING = 1_024;

import type { CallContext, SubscriptionHandlers } from '@pars/api';
import type { Failure, Result } from '@pars/base';
import type { IdleLock } from './idle-lock.ts';

type Handler = (params: never, context: CallContext) => Promise<Result<unknown, Failure>>;

/** The same methods; a call, from its beginning to its end, is use of the vault. */
export function noteUse<M extends Readonly<Record<string, Handler>>>(
  idle: IdleLock,
  methods: M,
): M {
  const noted = Object.entries(methods).map(([name, handler]) => {
    const used: Handler = async (params, context) => {
      const release = idle.hold();
      try {
        return await handler(params, context);
      } finally {
        release();
      }
    };
    return [name, used] as const;
  });
  return Object.fromEntries(noted) as M;
}

/** The same subscription; the vault is in use as long as somebody watches. */
export function noteWatching(
  idle: IdleLock,
  watch: SubscriptionHandlers['chat.watch'],
): SubscriptionHandlers['chat.watch'] {
  return async (params, context) => {
    const watching = await watch(params, context);
    if (!watching.ok) return watching;
    const release = idle.hold();
    context.signal.addEventListener('abort', release, { once: true });
    // Gone while the watch began: no event follows.
    if (context.signal.aborted) release();
    return { ok: true, value: releasing(watching.value, release) };
  };
}

/** Ends the hold when the stream ends, is left, or fails. */
function releasing<T>(stream: AsyncIterable<T>, release: () => void): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const inner = stream[Symbol.asyncIterator]();
      const ended = <R>(outcome: Promise<R>): Promise<R> => outcome.finally(release);
      return {
        async next() {
          const step = await inner.next().catch((error: unknown) => {
            release();
            throw error;
          });
          if (step.done === true) release();
          return step;
        },
        return: () =>
          ended(inner.return?.() ?? Promise.resolve({ done: true as const, value: undefined })),
      };
    },
  };
}

/** Wakes everyone who waits; they look for themselves at what changed. */
export interface Bell {
  ring(): void;
  /** Resolves at the next {@link ring}; rejects with the signal's reason. */
  next(signal?: AbortSignal): Promise<void>;
}

/** A bell that nobody waits for yet. */
export function createBell(): Bell {
  let waiting = Promise.withResolvers<void>();
  return {
    ring() {
      waiting.resolve();
      waiting = Promise.withResolvers();
    },
    async next(signal) {
      const { promise } = waiting;
      if (signal === undefined) return promise;
      signal.throwIfAborted();
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort);
      try {
        await Promise.race([promise, aborted]);
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

/** Runs tasks one at a time, in the order given. */
export interface SerialQueue {
  /** The task's own outcome. A failing task does not hold up the next one. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** An idle queue. Its callers bound how much waits in it. */
export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const outcome = last.then(task);
      last = outcome.catch(() => undefined);
      return outcome;
    },
  };
}

import type { Log } from '@pars/base';

/** Work that nobody awaits: it is remembered, its failures are logged, and stopping waits for it. */
export interface TaskSet {
  /** Starts the task. What it throws is logged under `event` with the error's code. */
  start(event: string, task: () => Promise<void>): void;
  /** Resolves when everything that was started has ended. */
  settle(): Promise<void>;
}

/** An empty set. */
export function createTaskSet(log: Log): TaskSet {
  const running = new Set<Promise<void>>();
  return {
    start(event, task) {
      const run = task()
        .catch((error: unknown) => log.write('error', event, { code: codeOf(error) }))
        .finally(() => running.delete(run));
      running.add(run);
    },
    async settle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** The stable code of whatever was thrown. */
export function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'node/unknown-error';
}

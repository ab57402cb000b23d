/** Runs work later. All timers of the protocol layers go through this port. */
export interface Scheduler {
  /**
   * Calls `task` once, not earlier than `delayMs` milliseconds from now
   * (0 to 2^31 - 1). Tasks that are due together run in the order scheduled.
   */
  schedule(delayMs: number, task: () => void): Cancel;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** Cancels a scheduled task; calling it late or twice does nothing. */
export type Cancel = () => void;

/** What a module that needs timers asks for. */
export interface SchedulerDep {
  readonly scheduler: Scheduler;
}

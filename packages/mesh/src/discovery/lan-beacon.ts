import type { Failure, Result } from '@pars/base';

/**
 * The port through which a node is found by others in its local network, and
 * finds them (PIP-1005 §12). What it finds is a hint: a dial proves it.
 */
export interface LanBeacon {
  /**
   * Announces the addresses and reports those of others, until the signal is
   * aborted; then it says goodbye. Fails where the network or the system does
   * not let it; it may be started again later.
   */
  start(
    options: {
      /** The own addresses with fingerprint; asked anew for each announcement. */
      readonly addresses: () => readonly string[];
      /** 1 to 8 addresses of one other node, each with its fingerprint; at most 16 times a second. It must not throw. */
      readonly onFound: (addresses: readonly string[]) => void;
    },
    signal: AbortSignal,
  ): Promise<Result<void, Failure>>;
  /** Announces and asks again at once: after a sleep, or when addresses have changed. */
  refresh(): void;
}

import type { ApiHandlers } from '@pars/api';
import type { LogDep, SchedulerDep } from '@pars/base';

/** Open connections a carrier takes (PIP-4000 §5). */
export const MAX_CONNECTIONS: number = 64;

/** What a carrier of the local API needs. */
export interface RpcServerDeps extends LogDep, SchedulerDep {
  readonly handlers: ApiHandlers;
  /** Compares with the token of the data folder in constant time. */
  readonly isToken: (token: string) => boolean;
}

/** A carrier that listens. Disposing of it ends its connections after what they were sent. */
export interface RpcServer extends AsyncDisposable {
  /** The socket's path, or `ws://127.0.0.1:PORT/api`. */
  readonly address: string;
}

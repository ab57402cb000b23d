/** Failure codes of the carriers of the local API (PIP-4000 §1 to §3). */
export type RpcErrorCode =
  /** Nobody answers on the socket of this data folder. Start the node, or name its `--data-dir`. */
  | 'rpc/unreachable'
  /** This user may not use the socket or read the token. Run as the user that runs the node. */
  | 'rpc/not-permitted'
  /** The token file is there but damaged. Stop the node, delete the file and start again. */
  | 'rpc/bad-token-file'
  /** The port or socket cannot be bound; `meta.reason` is the system's code. Choose another port. */
  | 'rpc/cannot-listen';

/** Reasons for which the WebSocket carrier answers an upgrade with an HTTP error; logged as `rpc/refused`. */
export type UpgradeRefusal =
  /** Some page or name that resolves to this machine (DNS rebinding). */
  | 'foreign-host'
  /** A page of another origin. */
  | 'foreign-origin'
  /** Not `/api`, or with a query. */
  | 'unknown-path'
  /** The sub-protocol `pars.1` was not offered. */
  | 'no-subprotocol'
  /** 64 connections are open. */
  | 'too-many-connections';

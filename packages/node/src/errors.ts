/** Failure codes of the engine itself. Codes of `@pars/session`, `@pars/crypto` and `@pars/mesh` pass through. */
export type NodeFailureCode =
  /** The identity is locked, or was locked while the call ran. Unlock and call again. */
  | 'node/locked'
  /** The engine was stopped. Start the node again. */
  | 'node/stopped'
  /** The other node broke the framing of a protocol, or ended too early. Try later, or another node. */
  | 'node/bad-frame'
  /** The other node did not answer in 30 s. Try later. */
  | 'node/timeout'
  /** The other node is locked, busy or full. Try later. */
  | 'node/peer-later'
  /** What is kept from one contact is at its limit; the sender is told to try later. */
  | 'node/contact-quota'
  /** 64 watchers are open. Close one first. */
  | 'node/too-many-watchers';

/** Thrown as a `ParsError`: bugs, and damage of the local store. */
export type NodeBugCode =
  /** A row of the store does not decrypt or decode: damaged or swapped. Restore a copy of the data folder. */
  | 'node/row-damaged'
  /** A watcher did not read 1,024 events. It is closed; read what was missed, then watch again. */
  | 'node/slow-watcher';

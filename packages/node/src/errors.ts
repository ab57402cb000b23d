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
  | 'node/too-many-watchers'
  /**
   * The disk refused; `meta.reason` says why: `full`, `read-only`,
   * `not-permitted`, `damaged` or `failed`. Nothing of the call was done. Make
   * room, or look after the disk, and call again.
   */
  | 'node/storage-failed'
  /** A row of the store does not decrypt or decode: damaged or swapped. Restore a copy of the data folder. */
  | 'node/row-damaged';

/** Thrown as a `ParsError`. */
export type NodeBugCode =
  /** A watcher did not read 1,024 events. It is closed; read what was missed, then watch again. */
  'node/slow-watcher';

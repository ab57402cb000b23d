/** Failure codes of the engine itself. Codes of `@pars/session`, `@pars/crypto`, `@pars/vault` and `@pars/mesh` pass through. */
export type NodeFailureCode =
  /** This engine was created without a part in the mesh. */
  | 'node/mesh-off'
  /** No list of nodes has this key. */
  | 'node/no-list'
  /** No meeting of this connection has this id: it ended, or was given up. Begin a new one. */
  | 'node/no-meeting'
  /** The vault is locked, or was locked while the call ran, or there is none. Unlock and call again. */
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
  /** Nothing of this contact can travel as a parcel: they were added before that existed. Exchange a new invite. */
  | 'node/direct-only'
  /** 256 parcels for one contact end on the same day. The rest waits for tomorrow, or for a link. */
  | 'node/parcels-used-up'
  /** This node was started without room for parcels. Start it with some. */
  | 'node/carries-nothing'
  /** 4 transfers of bundles are open. End one first. */
  | 'node/too-many-transfers'
  /** No open transfer has this id: it ended, failed, or waited for a minute. Begin again. */
  | 'node/transfer-ended'
  /** A piece of a bundle is no base64url of at most 262,144 bytes. Fix the caller. */
  | 'node/bad-piece'
  /** A bundle has at least 262,144 bytes and at most 2^36. Ask for another size. */
  | 'node/bad-bundle-size'
  /** Nobody could open such a bundle. Name a contact or a passphrase. */
  | 'node/no-recipient'
  /** 8 lists of nodes are kept. Remove one first. */
  | 'node/too-many-lists'
  /** 16 searches for nodes are under way. Try again in a moment. */
  | 'node/busy-finding'
  /** 64 watchers are open. Close one first. */
  | 'node/too-many-watchers'
  /**
   * The disk refused; `meta.reason` says why: `full`, `read-only`,
   * `not-permitted`, `damaged` or `failed`. Nothing of the call was done. Make
   * room, or look after the disk, and call again.
   */
  | 'node/storage-failed'
  /** Changes wait for the clock of the vault, as many as it takes. Nothing of the call was done. Call again in half a minute. */
  | 'node/vault-busy'
  /** The profile has no room for this. Nothing of the call was done. Delete something, or move to a larger vault. */
  | 'node/vault-full'
  /** A row of the profile does not decode: damaged, or of a newer program. Restore a backup. */
  | 'node/row-damaged';

/** Thrown as a `ParsError`. */
export type NodeBugCode =
  /** A watcher did not read 1,024 events. It is closed; read what was missed, then watch again. */
  'node/slow-watcher';

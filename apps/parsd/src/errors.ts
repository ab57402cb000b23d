/** Failure codes of the daemon itself. */
export type DaemonErrorCode =
  /** An option is unknown or its value unusable; `meta.option` names it. See `--help`. */
  | 'parsd/bad-option'
  /** The password file cannot be read, or is empty. Check the path. */
  | 'parsd/bad-password-file'
  /** The file of the radio key cannot be read, or its first line is no `pars://radio/` key. Check the path. */
  | 'parsd/bad-radio-key'
  /** The node key is damaged. Restore a copy of the data folder, or delete `blobs/node-seed` to become a new node. */
  | 'parsd/bad-node-seed'
  /**
   * A listen address could not be bound; `meta.reason` is the system's code or
   * `unusable-address`. Choose another with `--listen`.
   */
  | 'parsd/cannot-listen';

/** Failure codes of radios and sticks (PIP-1007). `meta` holds no path. */
export type CarrierFailureCode =
  /** There is no device at that path. Plug the modem in, or name another path. */
  | 'serial/not-found'
  /** This user may not use the device. Join the group that may (often `dialout`). */
  | 'serial/not-permitted'
  /** Another program uses the device. Stop it. */
  | 'serial/in-use'
  /** The device does not open, or does not take such a rate; `meta.reason` is what the system says. Look at the modem. */
  | 'serial/unusable'
  /** The device went away, or takes nothing any more. It is opened again when it is back. */
  | 'serial/gone'
  /** Support for serial ports does not load on this system. Install it, or do without. */
  | 'serial/unsupported'
  /** The file on the stick is not there any more, or is another one than was offered. Look at what is offered now. */
  | 'stick/changed'
  /** The stick was pulled out, or does not read. What was taken in stays; plug it in again and begin once more. */
  | 'stick/gone'
  /** What lies there is no plain file: a link, a pipe, a device. It is never opened. */
  | 'stick/not-a-file'
  /** The stick has no room left. What was begun was removed; take another one, or write less. */
  | 'stick/full'
  /** The stick cannot be written: it is locked or mounted read-only, or this user may not. Unlock it, or take another one. */
  | 'stick/read-only'
  /** A file of that name is there already. Choose another name. */
  | 'stick/exists'
  /** Names of bundles have 1 to 80 letters, digits, `.`, `-` and `_`, and do not begin with a point. Choose another name. */
  | 'stick/bad-name';

/** Failure codes of the command line itself. */
export type CliErrorCode =
  /** An argument or what was typed is not usable; `meta.what` names it. Give it again. */
  | 'cli/bad-input'
  /** A secret is needed and there is neither a file, nor standard input, nor a terminal. Name a file. */
  | 'cli/no-input'
  /** No contact has this name or this beginning of a session id. See `pars contact list`. */
  | 'cli/no-contact'
  /** Several contacts fit. Give more of the session id. */
  | 'cli/ambiguous-contact'
  /** The message was not delivered in the time given with `--wait`. The node keeps trying. */
  | 'cli/undelivered'
  /** A message cannot be sent any more. Write it again. */
  | 'cli/send-failed';

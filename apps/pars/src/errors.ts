/** Failure codes of the command line itself. */
export type CliErrorCode =
  /** An argument or what was typed is not usable; `meta.what` names it. Give it again. */
  | 'cli/bad-input'
  /** A secret is needed and there is neither a file, nor standard input, nor a terminal. Name a file. */
  | 'cli/no-input'
  /** A demonstration did not go as it must; `meta.what` is what a command in it said. Report it. */
  | 'cli/demo-broken'
  /** The question whether to go on was not answered with the word that it asks for. Nothing was done. */
  | 'cli/declined'
  /** A command that is now one of `pars vault`. */
  | 'cli/moved-to-vault'
  /** What cannot be undone needs `--yes` where nobody can be asked. Nothing was done. */
  | 'cli/not-confirmed'
  /** A panic did not reach everything; `meta` says what it did. Destroy the data folder by other means. */
  | 'cli/panic-incomplete'
  /** A new secret was typed three times and never twice the same. Run the command again. */
  | 'cli/secrets-differ'
  /** The command line is wrong; the advice says what about it. See `--help`. */
  | 'cli/usage'
  /** A command threw: a bug of the command line. Report it. */
  | 'cli/bug'
  /** No contact has this name or this beginning of a session id. See `pars contact list`. */
  | 'cli/no-contact'
  /** Several contacts fit. Give more of the session id. */
  | 'cli/ambiguous-contact'
  /** The message was not delivered in the time given with `--wait`. The node keeps trying. */
  | 'cli/undelivered'
  /** A message cannot be sent any more. Write it again. */
  | 'cli/send-failed'
  /** The file `meta.path` exists already. Choose another name, or say `--force`. */
  | 'cli/file-exists'
  /** The file `meta.path` cannot be read. Check the path and the stick. */
  | 'cli/not-read'
  /** A bundle is no text: it does not go to a terminal. Name a file, or a pipe. */
  | 'cli/to-terminal'
  /** Standard input cannot be both the bundle and the passphrase. Give the passphrase in a file. */
  | 'cli/input-taken'
  /** An address for a list of nodes (`meta.index`, from 0) has no fingerprint, or is none that others may dial on a list's word. Correct it. */
  | 'cli/bad-list-address'
  /** The file `meta.path` holds no key for lists of nodes. Name another one; it is not overwritten. */
  | 'cli/bad-list-key'
  /** Parts of the bundle `meta.path` did not come through; the rest was used. Ask for another copy. */
  | 'cli/bundle-incomplete'
  /** There is no folder of proposals at `meta.where`. Name one with `--folder`. */
  | 'cli/no-proposals'
  /** There is no proposal `meta.name`. See `pars pip list`. */
  | 'cli/no-proposal'
  /** A file `meta.path` exists already. Choose another title. */
  | 'cli/proposal-exists'
  /** The file `meta.path` could not be written. Check the folder and the disk. */
  | 'cli/not-written'
  /** `meta.name` has a number already, or is no Draft. */
  | 'cli/not-a-draft'
  /** `meta.name` has `meta.errors` errors. Correct them first. */
  | 'cli/lint-errors'
  /** All numbers of `meta.category` are taken. */
  | 'cli/no-number';

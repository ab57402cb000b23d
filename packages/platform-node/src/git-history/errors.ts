/** Failure codes of reading git. */
export type GitErrorCode =
  /** Git is missing, the folder is in no repository, or git failed. Go on without history. */
  | 'git/unavailable'
  /** The history prints more than the bound. Go on without it. */
  | 'git/too-much'
  /** No such revision, or the file did not exist there. Ask for another one. */
  | 'git/no-revision';

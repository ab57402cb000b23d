export type { GitErrorCode } from './errors.ts';
export { type FileVersion, readAtRevision, readGitHistory } from './git-history.ts';

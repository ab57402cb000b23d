export type { GitErrorCode } from './errors.ts';
export {
  type FileVersion,
  type HistoryOptions,
  readAtRevision,
  readGitHistory,
} from './git-history.ts';

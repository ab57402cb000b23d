import type { Failure } from '@pars/base';
import { ok, type Result } from '@pars/base/result';
import { type HistoryEntry, parseProposal } from '@pars/pips/lint';
import { type GitErrorCode, readGitHistory } from '@pars/platform-node/git-history';

/** Earlier versions of all files, or of those named, for `lintProposals`. */
export async function readProposalHistory(
  folder: string,
  only?: readonly string[],
): Promise<Result<ReadonlyMap<string, readonly HistoryEntry[]>, Failure<GitErrorCode>>> {
  const history = await readGitHistory(folder, only === undefined ? {} : { only });
  if (!history.ok) return history;
  return ok(
    new Map(
      [...history.value].map(([path, versions]) => [
        path,
        versions.flatMap(({ date, text }) => {
          if (text === undefined) return [];
          const { status } = parseProposal({ path, text }).frontMatter;
          return status === undefined ? [] : { date, status, text };
        }),
      ]),
    ),
  );
}

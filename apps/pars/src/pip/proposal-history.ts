import { type HistoryEntry, parseProposal } from '@pars/pips/lint';
import { readGitHistory } from '@pars/platform-node/git-history';

/** Earlier versions of all files, or of those named, for `lintProposals`; `undefined` when git has none to give. */
export async function readProposalHistory(
  folder: string,
  only?: readonly string[],
): Promise<ReadonlyMap<string, readonly HistoryEntry[]> | undefined> {
  const history = await readGitHistory(folder, only);
  if (!history.ok) return undefined;
  return new Map(
    [...history.value].map(([path, versions]) => [
      path,
      versions.flatMap(({ date, text }) => {
        const { status } = parseProposal({ path, text }).frontMatter;
        return status === undefined ? [] : { date, status, text };
      }),
    ]),
  );
}

import { type HistoryEntry, parseProposal } from '@pars/pips/lint';
import type { FileVersion } from '@pars/platform-node/git-history';

/** Versions from git as `lintProposals` wants them: with the status that each one claims. */
export function historyFromVersions(
  versionsByPath: ReadonlyMap<string, readonly FileVersion[]>,
): ReadonlyMap<string, readonly HistoryEntry[]> {
  return new Map(
    Array.from(versionsByPath, ([path, versions]) => [
      path,
      versions.flatMap(({ date, text }) => {
        if (text === undefined) return [];
        const { status } = parseProposal({ path, text }).frontMatter;
        return status === undefined ? [] : { date, status, text };
      }),
    ]),
  );
}

import { proposalLimits } from '@pars/pips';
import { type FileVersion, readGitHistory } from '@pars/platform-node/git-history';
import type { ProposalHistory, SiteHistory } from './site/site-model.ts';

/** Versions of one proposal that are shown; older ones are counted. */
const MAX_VERSIONS = 20;

/**
 * The recorded versions of the proposals in a folder, by file name, or why there
 * are none. A proposal that is not recorded yet has no versions.
 */
export async function readHistory(
  folder: string,
  fileNames: readonly string[],
): Promise<SiteHistory> {
  const history = await readGitHistory(folder, { only: fileNames, textsPerFile: MAX_VERSIONS });
  if (!history.ok) return history.error.code === 'git/too-much' ? 'too-much' : 'no-repository';
  const { value } = history;
  return new Map(fileNames.map((name) => [name, historyOf(value.get(name) ?? [])] as const));
}

/** From versions that come oldest first. */
function historyOf(all: readonly FileVersion[]): ProposalHistory {
  const versions = all
    .slice(-MAX_VERSIONS)
    .toReversed()
    .map(({ commit, time, subject, text }) => ({
      commit,
      time,
      subject,
      text: text === undefined || isTooLarge(text) ? undefined : text,
    }));
  return { versions, olderCount: all.length - versions.length };
}

function isTooLarge(text: string): boolean {
  return Buffer.byteLength(text) > proposalLimits.fileBytes;
}

import type { Failure } from '@pars/base';
import { err, ok, type Result } from '@pars/base/result';
import { readGitHistory } from '@pars/platform-node/git-history';
import type { CliContext } from '../cli-context.ts';
import type { CliErrorCode } from '../errors.ts';
import type { LintChoice, LintFlags } from '../pip/lint-folder.ts';
import type { PipFlags } from '../pip/pip-flags.ts';
import { findFolder, splitPath } from '../pip/proposals-place.ts';
import { reportFailure } from '../report.ts';

/** `pars pip lint`: exit code 1 when there is an error. */
export async function lint(this: CliContext, flags: LintFlags, ...paths: string[]): Promise<void> {
  const chosen = await chooseFiles(flags, paths);
  if (!chosen.ok) return reportFailure(this, flags, chosen.error);
  const { folder, only } = chosen.value;
  // Git works while this process loads the linter and reads the folder.
  const versions = readGitHistory(folder, only === undefined ? {} : { only });
  const { lintFolder } = await import('../pip/lint-folder.ts');
  await lintFolder(this, flags, chosen.value, versions);
}

async function chooseFiles(
  flags: PipFlags,
  paths: readonly string[],
): Promise<Result<LintChoice, Failure<CliErrorCode>>> {
  const [first] = paths;
  const asFolder = paths.length > 1 ? undefined : await findFolder(first ?? flags.folder);
  if (asFolder?.ok === true) return ok({ folder: asFolder.value, only: undefined });
  if (first === undefined) return asFolder ?? err('cli/no-proposals', { where: '.' });
  const places = new Set(paths.map((path) => splitPath(path).folder));
  if (places.size > 1)
    return err('cli/bad-input', { what: 'list of files (they are in several folders)' });
  const folder = await findFolder(splitPath(first).folder);
  return folder.ok
    ? ok({ folder: folder.value, only: paths.map((path) => splitPath(path).name) })
    : folder;
}

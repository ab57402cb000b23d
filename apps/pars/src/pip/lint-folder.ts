import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err } from '@pars/base/result';
// Not the whole package: this command starts faster without the rest of it.
import {
  applyFixes,
  type Finding,
  findingsToSarif,
  findingsToText,
  isProposalPath,
  lintProposals,
  type ProposalFile,
} from '@pars/pips/lint';
import type { readGitHistory } from '@pars/platform-node/git-history';
import type { CliContext } from '../cli-context.ts';
import { exitCodes } from '../exit-codes.ts';
import { print, printJson, reportFailure, setExitCode, talk } from '../report.ts';
import type { PipFlags } from './pip-flags.ts';
import { historyFromVersions } from './proposal-history.ts';
import { type ProposalsFolder, readFolder } from './proposals-folder.ts';
import { shownPath } from './proposals-place.ts';

/** Options of `pars pip lint`. */
export interface LintFlags extends PipFlags {
  readonly fix: boolean;
  readonly sarif: boolean;
}

/** What was asked to be checked. */
export interface LintChoice {
  readonly folder: string;
  /** Names in the folder; `undefined` for all. */
  readonly only: readonly string[] | undefined;
}

/** Checks a folder, or files of it, and tells the findings. `versions` is what git knows. */
export async function lintFolder(
  context: CliContext,
  flags: LintFlags,
  { folder: path, only }: LintChoice,
  versions: ReturnType<typeof readGitHistory>,
): Promise<void> {
  const [history, folder] = await Promise.all([versions, readFolder(path)]);
  const missing = only?.find((name) => !folder.files.some(({ path }) => path === name));
  if (missing !== undefined) {
    return reportFailure(context, flags, err('cli/no-proposal', { name: missing }).error);
  }
  if (!history.ok && !flags.json && !flags.sarif) {
    const why =
      history.error.code === 'git/too-much'
        ? 'The git history is too large to be read'
        : 'No git history here';
    talk(context, `${why}: changes of status are not checked.`);
  }
  const today = new Date(context.nowMs()).toISOString().slice(0, 10);
  const check = (files: readonly ProposalFile[]): readonly Finding[] =>
    lintProposals(files, {
      today,
      anchorsOf: folder.anchorsOf,
      ...(history.ok ? { history: historyFromVersions(history.value) } : {}),
      ...(only === undefined ? {} : { only }),
    });
  let files = folder.files;
  let findings = check(files);
  if (flags.fix) {
    const fixed = await writeFixes(folder, findings);
    for (const path of fixed.keys())
      talk(context, `Corrected ${shownPath(join(folder.path, path))}`);
    files = files.map((file) => fixed.get(file.path) ?? file);
    if (fixed.size > 0) findings = check(files);
  }
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) setExitCode(context, exitCodes.failure);
  const prefix = `${shownPath(folder.path)}/`;
  if (flags.sarif)
    return print(context, JSON.stringify(findingsToSarif(findings, encodeURI(prefix))));
  if (flags.json) return printJson(context, { folder: folder.path, findings });
  for (const line of findingsToText(findings, files)) print(context, line);
  const checked = only?.length ?? files.filter(({ path }) => isProposalPath(path)).length;
  talk(context, `${checked} checked: ${errors} errors, ${findings.length - errors} warnings.`);
  if (findings.length > 0) talk(context, '`pars pip rules ID` explains a rule.');
}

async function writeFixes(
  folder: ProposalsFolder,
  findings: readonly Finding[],
): Promise<ReadonlyMap<string, ProposalFile>> {
  const fixed = new Map<string, ProposalFile>();
  for (const file of folder.files) {
    const text = applyFixes(file, findings);
    if (text === file.text) continue;
    fixed.set(file.path, { path: file.path, text });
    await writeFile(join(folder.path, file.path), text);
  }
  return fixed;
}

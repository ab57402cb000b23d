import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '@pars/base';
import { err, ok, type Result } from '@pars/base/result';
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
import type { CliContext } from '../cli-context.ts';
import type { CliErrorCode } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { PipFlags } from '../pip/pip-flags.ts';
import { readProposalHistory } from '../pip/proposal-history.ts';
import {
  findFolder,
  type ProposalsFolder,
  readFolder,
  shownPath,
  splitPath,
} from '../pip/proposals-folder.ts';
import { print, printJson, reportFailure, setExitCode, talk } from '../report.ts';

/** Options of `pars pip lint`. */
export interface LintFlags extends PipFlags {
  readonly fix: boolean;
  readonly sarif: boolean;
}

/** `pars pip lint`: exit code 1 when there is an error. */
export async function lint(this: CliContext, flags: LintFlags, ...paths: string[]): Promise<void> {
  const chosen = await chooseFiles(flags, paths);
  if (!chosen.ok) return reportFailure(this, flags, chosen.error);
  const { only } = chosen.value;
  // Git works while this process reads.
  const [history, folder] = await Promise.all([
    readProposalHistory(chosen.value.folder, only),
    readFolder(chosen.value.folder),
  ]);
  const missing = only?.find((name) => !folder.files.some(({ path }) => path === name));
  if (missing !== undefined) {
    return reportFailure(this, flags, err('cli/no-proposal', { name: missing }).error);
  }
  if (!history.ok && !flags.json && !flags.sarif) {
    const why =
      history.error.code === 'git/too-much'
        ? 'The git history is too large to be read'
        : 'No git history here';
    talk(this, `${why}: changes of status are not checked.`);
  }
  const today = new Date(this.nowMs()).toISOString().slice(0, 10);
  const check = (files: readonly ProposalFile[]): readonly Finding[] =>
    lintProposals(files, {
      today,
      anchorsOf: folder.anchorsOf,
      ...(history.ok ? { history: history.value } : {}),
      ...(only === undefined ? {} : { only }),
    });
  let files = folder.files;
  let findings = check(files);
  if (flags.fix) {
    const fixed = await writeFixes(folder, findings);
    for (const path of fixed.keys()) talk(this, `Corrected ${shownPath(join(folder.path, path))}`);
    files = files.map((file) => fixed.get(file.path) ?? file);
    if (fixed.size > 0) findings = check(files);
  }
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) setExitCode(this, exitCodes.failure);
  const prefix = `${shownPath(folder.path)}/`;
  if (flags.sarif) return print(this, JSON.stringify(findingsToSarif(findings, encodeURI(prefix))));
  if (flags.json) return printJson(this, { folder: folder.path, findings });
  for (const line of findingsToText(findings, files)) print(this, line);
  const checked = only?.length ?? files.filter(({ path }) => isProposalPath(path)).length;
  talk(this, `${checked} checked: ${errors} errors, ${findings.length - errors} warnings.`);
  if (findings.length > 0) talk(this, '`pars pip rules ID` explains a rule.');
}

interface Choice {
  readonly folder: string;
  /** Names in the folder; `undefined` for all. */
  readonly only: readonly string[] | undefined;
}

async function chooseFiles(
  flags: PipFlags,
  paths: readonly string[],
): Promise<Result<Choice, Failure<CliErrorCode>>> {
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

import { createHash } from 'node:crypto';
import { err, type Failure, ok, type Result } from '@pars/base';
import {
  contentHash,
  diffProposals,
  isProposalPath,
  numberToText,
  type ParsedProposal,
  type ProposalFile,
  parseProposal,
  rules,
  ruleTableMarkdown,
  ruleText,
} from '@pars/pips';
import type { CliContext } from '../cli-context.ts';
import type { CliErrorCode } from '../errors.ts';
import type { PipFlags } from '../pip/pip-flags.ts';
import { type ProposalsFolder, readFolder } from '../pip/proposals-folder.ts';
import { findFolder, splitPath } from '../pip/proposals-place.ts';
import { print, printJson, report, reportFailure, talk } from '../report.ts';
import { visibleText } from '../visible-text.ts';

/** Options of `pars pip list`. */
export interface ListFlags extends PipFlags {
  readonly category?: string;
  readonly status?: string;
  readonly author?: string;
}

/** Options of `pars pip diff`. */
export interface DiffFlags extends PipFlags {
  readonly against?: string;
}

/** Options of `pars pip rules`. */
export interface RulesFlags extends PipFlags {
  readonly markdown: boolean;
}

/** `pars pip hash`: SHA3-256 of the canonical bytes. */
export async function hash(this: CliContext, flags: PipFlags, path: string): Promise<void> {
  const file = await readOne(path);
  const sha3 = (bytes: Uint8Array): Uint8Array =>
    new Uint8Array(createHash('sha3-256').update(bytes).digest());
  const hashed = file.ok ? ok({ path, hash: contentHash(file.value, sha3) }) : file;
  report(this, flags, hashed, (value) => [value.hash]);
}

/** `pars pip list`, by number. */
export async function list(this: CliContext, flags: ListFlags): Promise<void> {
  const folder = await openFolder(flags.folder);
  if (!folder.ok) return reportFailure(this, flags, folder.error);
  const wanted = (given: string | undefined, value = ''): boolean =>
    given === undefined || value.toLowerCase().includes(given.toLowerCase());
  const proposals = folder.value.files
    .filter(({ path }) => isProposalPath(path))
    .map(parseProposal)
    .filter(({ frontMatter }) => {
      const { category, status, author } = frontMatter;
      return (
        wanted(flags.category, category) &&
        wanted(flags.status, status) &&
        wanted(flags.author, author)
      );
    });
  const rows = proposals.map(({ file, frontMatter }) => ({ path: file.path, ...frontMatter }));
  report(this, flags, ok({ ledger: false, proposals: rows }), () =>
    proposals.map(({ frontMatter: { pip = '????', status = '', category = '', title = '' } }) =>
      visibleText(`${pip.padEnd(5)} ${status.padEnd(12)} ${category.padEnd(11)} ${title}`),
    ),
  );
  if (!flags.json) talk(this, 'The status is what the authors claim; it is not on the ledger yet.');
}

/** `pars pip show`: by number or by path. */
export async function show(this: CliContext, flags: PipFlags, name: string): Promise<void> {
  const file = await findProposal(flags, name);
  if (!file.ok) return reportFailure(this, flags, file.error);
  const proposal = parseProposal(file.value);
  if (flags.json) {
    const { frontMatter, sections, bodyMarkdown, problems } = proposal;
    return printJson(this, {
      path: file.value.path,
      ledger: false,
      frontMatter,
      sections,
      bodyMarkdown,
      problems,
    });
  }
  const { proposalToText } = await import('../pip/terminal-text.ts');
  for (const line of proposalToText(proposal)) print(this, line);
}

/** `pars pip diff`: two files, or one against a revision. */
export async function diff(
  this: CliContext,
  flags: DiffFlags,
  before: string,
  after?: string,
): Promise<void> {
  const versions = await readVersions(flags, before, after);
  if (!versions.ok) return reportFailure(this, flags, versions.error);
  const changes = diffProposals(versions.value.before, versions.value.after);
  if (flags.json) return printJson(this, changes);
  const { diffToText } = await import('../pip/terminal-text.ts');
  for (const line of diffToText(changes)) print(this, line);
}

/** `pars pip rules`: all, or one with its examples. */
export async function explainRules(
  this: CliContext,
  flags: RulesFlags,
  id?: string,
): Promise<void> {
  const chosen = rules.filter((rule) => id === undefined || rule.id === id);
  if (chosen.length === 0)
    return reportFailure(this, flags, err('cli/bad-input', { what: 'id of the rule' }).error);
  if (flags.markdown) {
    this.process.stdout.write(ruleTableMarkdown());
    return;
  }
  if (flags.json) {
    const shown = chosen.map(({ check: _check, bad: _bad, good: _good, ...rule }) => rule);
    return printJson(this, { rules: shown });
  }
  for (const rule of chosen) {
    if (id !== undefined) for (const line of ruleText(rule)) print(this, visibleText(line));
    else
      print(
        this,
        `${rule.id.padEnd(24)} ${rule.severity.padEnd(8)} ${rule.isFixable ? 'fix' : '   '} ${rule.explanation}`,
      );
  }
}

/** Opens the folder that was named, or the one that is found. */
export async function openFolder(
  named: string | undefined,
): Promise<Result<ProposalsFolder, Failure<CliErrorCode>>> {
  const found = await findFolder(named);
  return found.ok ? ok(await readFolder(found.value)) : found;
}

/** A file that was named by its path. It is read together with its folder, like all others. */
export async function readOne(path: string): Promise<Result<ProposalFile, Failure<CliErrorCode>>> {
  const { folder: place, name } = splitPath(path);
  const folder = await openFolder(place);
  const file = folder.ok ? folder.value.files.find((other) => other.path === name) : undefined;
  return file === undefined ? err('cli/no-proposal', { name: path }) : ok(file);
}

async function findProposal(
  flags: PipFlags,
  name: string,
): Promise<Result<ProposalFile, Failure<CliErrorCode>>> {
  const number = /^(?:pip-)?([0-9]{1,4})$/i.exec(name)?.[1];
  if (number === undefined) return readOne(name);
  const folder = await openFolder(flags.folder);
  if (!folder.ok) return folder;
  const prefix = `pip-${numberToText(Number(number))}-`;
  const file = folder.value.files.find(({ path }) => path.startsWith(prefix));
  return file === undefined ? err('cli/no-proposal', { name }) : ok(file);
}

async function readVersions(
  flags: DiffFlags,
  before: string,
  after: string | undefined,
): Promise<Result<{ before: ParsedProposal; after: ParsedProposal }, Failure>> {
  const file = await findProposal(flags, before);
  if (!file.ok) return file;
  const parsed = parseProposal(file.value);
  if (after !== undefined && flags.against === undefined) {
    const other = await findProposal(flags, after);
    return other.ok ? ok({ before: parsed, after: parseProposal(other.value) }) : other;
  }
  if (after !== undefined || flags.against === undefined) {
    return err('cli/bad-input', { what: 'command: name two proposals, or one and --against; it' });
  }
  const { readAtRevision } = await import('@pars/platform-node/git-history');
  const place = await findFolder(
    /^(?:pip-)?[0-9]{1,4}$/i.test(before) ? flags.folder : splitPath(before).folder,
  );
  if (!place.ok) return place;
  const text = await readAtRevision(place.value, file.value.path, flags.against);
  return text.ok
    ? ok({ before: parseProposal({ ...file.value, text: text.value }), after: parsed })
    : text;
}

import { spawn } from 'node:child_process';
import { link, rm, unlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { err, type Failure, ok, type Result } from '@pars/base';
import {
  categories,
  categoryByName,
  draftText,
  type FrontMatter,
  fileSlugFromTitle,
  isProposalPath,
  lintProposals,
  numberToText,
  PROPOSAL_TYPES,
  parseProposal,
  proposalFileName,
  TEMPLATE_FILE_NAME,
  withFields,
} from '@pars/pips';
import { readGitHistory } from '@pars/platform-node/git-history';
import type { CliContext } from '../cli-context.ts';
import type { CliErrorCode } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { PipFlags } from '../pip/pip-flags.ts';
import type { ProposalsFolder } from '../pip/proposals-folder.ts';
import { shownPath, splitPath } from '../pip/proposals-place.ts';
import { askUntilGood } from '../pip/questions.ts';
import { report, reportFailure, setExitCode, talk } from '../report.ts';
import { openFolder } from './pip-commands.ts';

/** Options of `pars pip new`. */
export interface NewFlags extends PipFlags {
  readonly title?: string;
  readonly description?: string;
  readonly author?: string;
  readonly category?: string;
  readonly type?: string;
  readonly language?: string;
}

/** Options of `pars pip site`. */
export interface SiteFlags extends PipFlags {
  readonly out?: string;
  readonly base?: string;
}

/** `pars pip new`: asks what it was not told and writes `pip-XXXX-title.md`. */
export async function createProposal(this: CliContext, flags: NewFlags): Promise<void> {
  const folder = await openFolder(flags.folder);
  if (!folder.ok) return reportFailure(this, flags, folder.error);
  const created = new Date(this.nowMs()).toISOString().slice(0, 10);
  const fields = await collectFields(this, flags, created);
  if (!fields.ok) return reportFailure(this, flags, fields.error);
  const path = `pip-XXXX-${fileSlugFromTitle(fields.value.title ?? '')}.md`;
  const template = folder.value.files.find((file) => file.path === TEMPLATE_FILE_NAME);
  const file = join(folder.value.path, path);
  const written = await writeFile(file, draftText(fields.value, template), { flag: 'wx' }).then(
    () => ok({ path: file }),
    (error: NodeJS.ErrnoException) =>
      error.code === 'EEXIST'
        ? err('cli/proposal-exists', { path })
        : err('cli/not-written', { path }),
  );
  report(this, flags, written, () => [shownPath(file)]);
  if (!written.ok || flags.json) return;
  talk(this, 'Write your text into it, then run `pars pip lint` on it.');
}

/** `pars pip number`: the maintainer's act. The next free number of the category, and Review. */
export async function giveNumber(this: CliContext, flags: PipFlags, path: string): Promise<void> {
  const { folder: place, name } = splitPath(path);
  const folder = await openFolder(place);
  if (!folder.ok) return reportFailure(this, flags, folder.error);
  const numbered = await enterReview(folder.value, name, new Date(this.nowMs()));
  report(this, flags, numbered, (value) => [
    `${value.pip}  ${shownPath(join(folder.value.path, value.path))}`,
  ]);
}

/** `pars pip site`: builds the site with the generator of this repository. */
export async function buildSite(this: CliContext, flags: SiteFlags): Promise<void> {
  const folder = await openFolder(flags.folder);
  if (!folder.ok) return reportFailure(this, flags, folder.error);
  const generator = resolve(import.meta.dirname, '../../../site/src/main.ts');
  const options = [
    ['--proposals', folder.value.path],
    ...(flags.out === undefined ? [] : [['--out', resolve(flags.out)]]),
    ...(flags.base === undefined ? [] : [['--base', flags.base]]),
  ].flat();
  const child = spawn(process.execPath, ['--conditions=pars-source', generator, ...options], {
    stdio: ['ignore', 'inherit', 'inherit'],
    signal: this.signal,
  });
  const code = await new Promise<number>((done) => {
    child.once('error', () => done(exitCodes.failure));
    child.once('close', (exit) => done(exit ?? exitCodes.failure));
  });
  if (code !== exitCodes.success) setExitCode(this, exitCodes.failure);
}

interface Question {
  readonly key: 'title' | 'description' | 'author' | 'category' | 'type' | 'language';
  readonly ask: string;
  readonly byDefault?: string;
}

const QUESTIONS: readonly Question[] = [
  { key: 'title', ask: 'Title (at most 44 characters)?' },
  { key: 'description', ask: 'What changes, in one sentence (at most 140 characters)?' },
  { key: 'author', ask: 'Author, as Name (@handle) or Name <mail>? A pen name is fine.' },
  { key: 'category', ask: `Category (${categories.map(({ name }) => name).join(', ')})?` },
  { key: 'type', ask: `Type (${PROPOSAL_TYPES.join(', ')})?`, byDefault: 'Standards Track' },
  { key: 'language', ask: 'Language (en, fa)?', byDefault: 'en' },
];

async function collectFields(
  context: CliContext,
  flags: NewFlags,
  created: string,
): Promise<Result<FrontMatter, Failure<CliErrorCode>>> {
  const base: FrontMatter = { pip: 'XXXX', status: 'Draft', created, requires: [] };
  const answers: Record<string, string> = {};
  for (const { key, ask, byDefault } of QUESTIONS) {
    const given = flags[key] ?? byDefault;
    const answer =
      given ?? (await askUntilGood(context, ask, (text) => complaint(base, key, text)));
    if (answer === undefined) return err('cli/no-input', { what: key });
    const wrong = complaint(base, key, answer);
    if (wrong !== undefined) {
      if (!flags.json) talk(context, wrong);
      return err('cli/bad-input', { what: key });
    }
    answers[key] = answer;
  }
  const { language, ...rest } = answers;
  return ok({ ...base, ...rest, ...(language === 'fa' ? { language } : {}) });
}

/** What the linter has against a value, in its words. */
function complaint(base: FrontMatter, key: Question['key'], value: string): string | undefined {
  if (value === '') return 'An answer is needed.';
  const text = draftText({
    title: 'Example',
    description: 'An example of an idea',
    author: 'Roya (@roya)',
    type: 'Standards Track',
    category: 'Core',
    ...base,
    [key]: value,
  });
  const line = text.split('\n').findIndex((candidate) => candidate.startsWith(`${key}:`)) + 1;
  const findings = lintProposals([{ path: 'pip-XXXX-example.md', text }]);
  return findings.find((finding) => finding.line === line)?.message;
}

async function enterReview(
  folder: ProposalsFolder,
  name: string,
  now: Date,
): Promise<Result<{ pip: string; path: string }, Failure<CliErrorCode>>> {
  const file = folder.files.find(({ path }) => path === name);
  const fileName = proposalFileName(name);
  if (file === undefined || fileName === undefined) return err('cli/no-proposal', { name });
  const { frontMatter } = parseProposal(file);
  const category = categoryByName(frontMatter.category ?? '');
  if (frontMatter.pip !== 'XXXX' || fileName.pip !== 'XXXX' || frontMatter.status !== 'Draft') {
    return err('cli/not-a-draft', { name });
  }
  const today = now.toISOString().slice(0, 10);
  const findings = lintProposals(folder.files, {
    only: [name],
    today,
    anchorsOf: folder.anchorsOf,
  });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0 || category === undefined) return err('cli/lint-errors', { name, errors });
  const pip = await nextNumber(folder, category.from, category.to);
  if (pip === undefined) return err('cli/no-number', { category: category.name });
  const path = `pip-${pip}-${fileName.slug}.md`;
  const text = withFields(file, { pip, status: 'Review' }).replaceAll('PIP-XXXX', `PIP-${pip}`);
  return renameWithText(folder.path, name, path, text).then(
    () => ok({ pip, path }),
    () => err('cli/not-written', { path }),
  );
}

/** The lowest number of a range that no file has or had in git: a number is never given twice. */
async function nextNumber(
  folder: ProposalsFolder,
  from: number,
  to: number,
): Promise<string | undefined> {
  const history = await readGitHistory(folder.path);
  const paths = [
    ...folder.files.map(({ path }) => path),
    ...(history.ok ? history.value.keys() : []),
  ];
  const taken = new Set(paths.filter(isProposalPath).map((path) => path.slice(4, 8)));
  for (let number = from; number <= to; number += 1) {
    if (!taken.has(numberToText(number))) return numberToText(number);
  }
  return undefined;
}

/** Writes the text under the new name, which must be free, and removes the old one. Nothing is lost on the way. */
async function renameWithText(
  folder: string,
  from: string,
  to: string,
  text: string,
): Promise<void> {
  const half = join(folder, `.${to}.${process.pid}`);
  await writeFile(half, text, { flag: 'wx' });
  try {
    await link(half, join(folder, to));
  } finally {
    await rm(half, { force: true });
  }
  await unlink(join(folder, from));
}

import type { PipsErrorCode } from '../../errors.ts';
import { categoryByName, categoryOfNumber } from '../../format/categories.ts';
import { proposalLimits } from '../../format/proposal-limits.ts';
import type { LintSubject } from '../lint-subject.ts';
import type { Report, Rule } from '../rule.ts';
import type { SourceRange } from '../source-range.ts';

const START: SourceRange = { offset: 0, endOffset: 0 };

/** Name, number and encoding of the file. */
export const fileRules: readonly Rule[] = [
  {
    id: 'file-size',
    severity: 'error',
    group: 'file',
    explanation: `A file has at most ${proposalLimits.fileBytes / 1024} KiB. A larger one is not read at all: split the proposal.`,
    bad: { text: 'x'.repeat(proposalLimits.fileBytes + 1), shown: 'a file of 257 KiB' },
    good: {},
    isFixable: false,
    check: problemCheck('pips/file-too-large'),
  },
  {
    id: 'file-encoding',
    severity: 'error',
    group: 'file',
    explanation:
      'A file is UTF-8 text without a NUL character, so that every program reads the same.',
    bad: { body: 'A NUL \u0000 in the text.', shown: 'A NUL character in the text' },
    good: { body: 'No NUL in the text.' },
    isFixable: false,
    check: (subject, report, folder) => {
      problemCheck('pips/not-text')(subject, report, folder);
      const at = subject.source.text.indexOf('\u0000');
      if (at !== -1) report({ offset: at, endOffset: at + 1 }, 'The text holds a NUL character');
    },
  },
  {
    id: 'file-byte-order-mark',
    severity: 'warning',
    group: 'file',
    explanation: 'A file begins with its front matter, not with a byte order mark.',
    bad: { text: '\ufeff---\npip: XXXX\n---\n', shown: 'U+FEFF before the first `---`' },
    good: {},
    isFixable: true,
    check: ({ source }, report) => {
      const range = { offset: 0, endOffset: 1 };
      if (source.text.startsWith('\ufeff')) {
        report(range, 'The file begins with a byte order mark', [{ ...range, replacement: '' }]);
      }
    },
  },
  {
    id: 'file-line-endings',
    severity: 'warning',
    group: 'file',
    explanation: 'Lines end with a line feed (LF), as on every other machine.',
    bad: { body: 'One line.\r\nAnother line.', shown: 'lines that end with CR LF' },
    good: { body: 'One line.\nAnother line.' },
    isFixable: true,
    check: ({ source }, report) => {
      const endings = Array.from(source.text.matchAll(/\r\n?/g));
      const [first] = endings;
      if (first === undefined) return;
      const edits = endings.map(({ index, 0: ending }) => ({
        offset: index,
        endOffset: index + ending.length,
        replacement: '\n',
      }));
      report(
        { offset: first.index, endOffset: first.index },
        `${endings.length} lines end with CR instead of LF`,
        edits,
      );
    },
  },
  {
    id: 'file-final-newline',
    severity: 'warning',
    group: 'file',
    explanation: 'The last line ends with a line feed.',
    bad: { text: '---\npip: XXXX\n---\n\n## Abstract', shown: 'a last line without an end' },
    good: {},
    isFixable: true,
    check: ({ source: { text } }, report) => {
      if (text === '' || /[\n\r]$/.test(text)) return;
      const end = { offset: text.length, endOffset: text.length };
      report(end, 'The last line has no end', [{ ...end, replacement: '\n' }]);
    },
  },
  {
    id: 'file-name',
    severity: 'error',
    group: 'file',
    explanation:
      'A file is named `pip-NNNN-title.md`, or `pip-XXXX-title.md` as long as it has no number: small Latin letters, digits and hyphens, at most 80 characters.',
    bad: { path: 'pip-XXXX_My Idea.md' },
    good: { path: 'pip-XXXX-my-idea.md' },
    isFixable: false,
    check: ({ fileName, proposal }, report) => {
      if (fileName !== undefined) return;
      report(
        START,
        `\`${printable(proposal.file.path)}\` is not named pip-NNNN-title.md or pip-XXXX-title.md`,
      );
    },
  },
  {
    id: 'file-number',
    severity: 'error',
    group: 'file',
    explanation: 'The number in the file name is the one in the field `pip`.',
    bad: { path: 'pip-0042-example.md', fields: ['pip: 0043'] },
    good: { path: 'pip-0042-example.md', fields: ['pip: 0042'] },
    isFixable: false,
    check: ({ fileName, proposal: { frontMatter }, field }, report) => {
      const { pip } = frontMatter;
      if (fileName === undefined || pip === undefined || pip === fileName.pip) return;
      report(
        valueRange(field('pip')),
        `The file name says ${fileName.pip}, the field \`pip\` says ${printable(pip)}`,
      );
    },
  },
  {
    id: 'number-category',
    severity: 'error',
    group: 'file',
    explanation:
      'The first digit of the number tells the category: 0 Core to 7 Governance. 8000 and above do not exist.',
    bad: { path: 'pip-2042-example.md', fields: ['pip: 2042', 'category: Core'] },
    good: { path: 'pip-2042-example.md', fields: ['pip: 2042', 'category: Crypto'] },
    isFixable: false,
    check: ({ proposal: { number, frontMatter }, field }, report) => {
      if (number === undefined) return;
      const category = categoryOfNumber(number);
      if (category === undefined) {
        report(valueRange(field('pip')), 'No category has numbers from 8000 on');
        return;
      }
      const { category: claimed = '' } = frontMatter;
      if (categoryByName(claimed) === undefined || claimed === category.name) return;
      report(
        valueRange(field('category')),
        `A number ${frontMatter.pip} is of the category ${category.name}, not ${claimed}`,
      );
    },
  },
  {
    id: 'number-unique',
    severity: 'error',
    group: 'file',
    explanation: 'Two proposals never have the same number.',
    bad: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042'],
      others: [['pip: 0042', 'title: Another']],
    },
    good: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042'],
      others: [['pip: 0043', 'title: Another']],
    },
    isFixable: false,
    check: ({ proposal: { number, file }, field }, report, folder) => {
      const other = folder.pathsByNumber.get(number ?? -1)?.find((path) => path !== file.path);
      if (other === undefined) return;
      report(valueRange(field('pip')), `\`${printable(other)}\` has this number too`);
    },
  },
];

/** A check that passes on what the parser found. */
export function problemCheck(...codes: readonly PipsErrorCode[]): Rule['check'] {
  return (subject: LintSubject, report: Report) => {
    for (const { code, message, offset, endOffset } of subject.proposal.problems) {
      if (codes.includes(code)) report({ offset, endOffset }, message);
    }
  };
}

/** The place of a field's value; the file's start when there is no such field. */
export function valueRange(
  field: { readonly valueOffset: number; readonly valueEnd: number } | undefined,
): SourceRange {
  return field === undefined ? START : { offset: field.valueOffset, endOffset: field.valueEnd };
}

/** A foreign text for a message: short, on one line, without characters that steer a terminal. */
export function printable(text: string): string {
  const clean = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd');
  return clean.length <= 60 ? clean : `${clean.slice(0, 59).toWellFormed()}…`;
}

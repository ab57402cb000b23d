import { withoutTrailingSpaces } from '../../format/line-end.ts';
import { proposalLimits } from '../../format/proposal-limits.ts';
import { SAFE_TAGS } from '../../markdown/safe-html.ts';
import { codeLines, tokenRange } from '../blocks.ts';
import type { Rule } from '../rule.ts';
import { printable } from './file-rules.ts';

/** What Markdown may be used for. */
export const markdownRules: readonly Rule[] = [
  {
    id: 'html-tag',
    severity: 'error',
    group: 'Markdown',
    explanation: `Of HTML only ${SAFE_TAGS.map((tag) => `\`<${tag}>\``).join(', ')} without attributes, closed in the same paragraph, have an effect. All other tags are shown as text. A tag that is meant as text stands in backticks.`,
    bad: { body: 'Hello <script>alert(1)</script> there.' },
    good: { body: 'H<sub>2</sub>O, and `<script>` as a word.' },
    isFixable: false,
    check: ({ inline }, report) => {
      for (const element of inline) {
        if (element.kind !== 'html' || element.isSafeHtml || element.text.startsWith('<!--'))
          continue;
        report(
          element,
          `The tag \`${printable(element.text)}\` has no effect: remove it or put it in backticks`,
        );
      }
    },
  },
  {
    id: 'html-comment',
    severity: 'error',
    group: 'Markdown',
    explanation: 'A proposal has no comments: what is voted on is what is read.',
    bad: { body: 'Text. <!-- nobody sees this -->' },
    good: { body: 'Text that everybody sees.' },
    isFixable: false,
    check: ({ inline }, report) => {
      for (const element of inline) {
        if (element.kind === 'html' && element.text.startsWith('<!--'))
          report(element, 'A comment is not allowed');
      }
    },
  },
  {
    id: 'code-language',
    severity: 'warning',
    group: 'Markdown',
    explanation: 'A block of code between ``` lines names its language, `text` if it has none.',
    bad: { body: '```\nlet x = 1\n```' },
    good: { body: '```ts\nlet x = 1\n```' },
    isFixable: true,
    check: (subject, report) => {
      for (const token of subject.proposal.tokens) {
        if (token.type !== 'fence' || token.info.trim() !== '') continue;
        const { offset } = tokenRange(subject, token);
        const start = subject.source.text.indexOf(token.markup, offset);
        const end = start + token.markup.length;
        report({ offset: start, endOffset: end }, 'The block of code names no language', [
          { offset: end, endOffset: end, replacement: 'text' },
        ]);
      }
    },
  },
  {
    id: 'code-open',
    severity: 'error',
    group: 'Markdown',
    explanation: 'A block of code is closed. An open one takes everything behind it.',
    bad: { body: '```ts\nlet x = 1\n', shown: '```ts without a closing line' },
    good: { body: '```ts\nlet x = 1\n```' },
    isFixable: false,
    check: (subject, report) => {
      for (const token of subject.proposal.tokens) {
        if (token.type !== 'fence' || token.map === null) continue;
        const lines = token.map[1] - token.map[0];
        if (lines > token.content.split('\n').length) continue;
        report(tokenRange(subject, token), 'The block of code is not closed');
      }
    },
  },
  {
    id: 'code-indented',
    severity: 'warning',
    group: 'Markdown',
    explanation:
      'Code stands between ``` lines. Four spaces at the start of a line make code by accident.',
    bad: { body: 'Like this:\n\n    let x = 1' },
    good: { body: 'Like this:\n\n```ts\nlet x = 1\n```' },
    isFixable: false,
    check: (subject, report) => {
      for (const token of subject.proposal.tokens) {
        if (token.type === 'code_block')
          report(tokenRange(subject, token), 'This is code because it is indented');
      }
    },
  },
  {
    id: 'line-break',
    severity: 'warning',
    group: 'Markdown',
    explanation:
      'Lines outside code do not end with spaces: editors remove them. A line break is a backslash.',
    bad: { body: 'One line.  \nAnother line.' },
    good: { body: 'One line.\\\nAnother line.' },
    isFixable: true,
    check: (subject, report) => {
      const { source, firstBodyLine, proposal } = subject;
      const code = codeLines(subject);
      const breaks = paragraphLines(proposal.tokens);
      for (let line = firstBodyLine; line < source.lineCount; line += 1) {
        const bodyLine = line - firstBodyLine;
        if (code.has(bodyLine)) continue;
        const [start, end] = [source.lineStart(line), source.lineEnd(line)];
        const whole = source.text.slice(start, end);
        const spaces = whole.slice(withoutTrailingSpaces(whole).length);
        if (spaces === '') continue;
        const range = { offset: end - spaces.length, endOffset: end };
        const isBreak = breaks.has(bodyLine) && spaces.endsWith('  ') && range.offset > start;
        report(
          range,
          isBreak ? 'A line break is written with a backslash' : 'The line ends with spaces',
          [{ ...range, replacement: isBreak ? '\\' : '' }],
        );
      }
    },
  },
  {
    id: 'nesting-depth',
    severity: 'error',
    group: 'Markdown',
    explanation: `Quotes and lists stand in each other at most ${proposalLimits.nesting / 2} deep. What is deeper cannot be read and is not shown.`,
    bad: { body: `${'> '.repeat(30)}deep` },
    good: { body: '> > Two are enough.' },
    isFixable: false,
    check: (subject, report) => {
      const deep = subject.proposal.tokens.find(({ level }) => level >= proposalLimits.nesting - 1);
      if (deep !== undefined)
        report(tokenRange(subject, deep), 'Quotes or lists are nested too deep to be shown');
    },
  },
];

/** Body lines of paragraphs that another line of the same paragraph follows. */
function paragraphLines(
  tokens: readonly { type: string; map: [number, number] | null }[],
): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const { type, map } of tokens) {
    if (type !== 'paragraph_open' || map === null) continue;
    for (let line = map[0]; line < map[1] - 1; line += 1) lines.add(line);
  }
  return lines;
}

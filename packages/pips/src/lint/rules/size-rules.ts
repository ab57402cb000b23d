import { proposalLimits } from '../../format/proposal-limits.ts';
import { countWords, tokenRange } from '../blocks.ts';
import type { Rule } from '../rule.ts';

const MAX_ABSTRACT_WORDS = 200;
const MAX_BODY_WORDS = 12_000;
const MAX_PARAGRAPH_WORDS = 300;
const words = (count: number): string => 'word '.repeat(count).trim();
const table = (rows: number): string => `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(rows)}`;

/** Sizes that a reader, or the reader's phone, can bear. */
export const sizeRules: readonly Rule[] = [
  {
    id: 'line-length',
    severity: 'error',
    group: 'Markdown',
    explanation: `A line has at most ${proposalLimits.lineLength} characters: reviews and diffs are made of lines.`,
    bad: { body: words(900), shown: 'a line of 4,499 characters' },
    good: { body: 'A line that ends before it is tiring.\nThen the next one.' },
    isFixable: false,
    check: ({ source, firstBodyLine }, report) => {
      for (let line = firstBodyLine; line < source.lineCount; line += 1) {
        const [offset, endOffset] = [source.lineStart(line), source.lineEnd(line)];
        if (endOffset - offset <= proposalLimits.lineLength) continue;
        report({ offset, endOffset }, `The line has ${endOffset - offset} characters`);
      }
    },
  },
  {
    id: 'table-size',
    severity: 'error',
    group: 'Markdown',
    explanation: `A table has at most ${proposalLimits.tableCells} cells and 12 columns. Larger ones are data: put them in a file beside the proposal.`,
    bad: { body: table(2_001), shown: 'a table of 2,001 rows' },
    good: { body: table(3) },
    isFixable: false,
    check: (subject, report) => {
      const { tokens } = subject.proposal;
      let start = 0;
      for (const [index, { type }] of tokens.entries()) {
        if (type === 'table_open') start = index;
        if (type !== 'table_close') continue;
        const inside = tokens.slice(start, index);
        const columns = inside.filter(({ type: cell }) => cell === 'th_open').length;
        const cells = columns + inside.filter(({ type: cell }) => cell === 'td_open').length;
        const table = tokens[start];
        if (table === undefined || (cells <= proposalLimits.tableCells && columns <= 12)) continue;
        report(tokenRange(subject, table), `The table has ${cells} cells in ${columns} columns`);
      }
    },
  },
  {
    id: 'abstract-length',
    severity: 'warning',
    group: 'Markdown',
    explanation: `The abstract has at most ${MAX_ABSTRACT_WORDS} words: it is read in lists, feeds and votes.`,
    bad: {
      wholeBody: `## Abstract\n\n${'Many words '.repeat(101)}\n`,
      shown: 'an abstract of 202 words',
    },
    good: { wholeBody: '## Abstract\n\nTwo nodes find each other.\n' },
    isFixable: false,
    check: (subject, report) => {
      const { sections } = subject.proposal;
      const index = sections.findIndex(({ title, level }) => title === 'Abstract' && level === 2);
      const [section, next] = [sections[index], sections[index + 1]];
      if (section === undefined) return;
      const { source } = subject;
      const offset = source.lineStart(section.line);
      const endOffset = next === undefined ? source.text.length : source.lineStart(next.line - 1);
      const count = countWords(
        source.text.slice(offset, endOffset).replaceAll(/\]\([^)\s]*\)/g, ']'),
      );
      if (count > MAX_ABSTRACT_WORDS)
        report({ offset, endOffset }, `The abstract has ${count} words`);
    },
  },
  {
    id: 'paragraph-length',
    severity: 'warning',
    group: 'Markdown',
    explanation: `A paragraph has at most ${MAX_PARAGRAPH_WORDS} words: on a phone that is more than a screen.`,
    bad: { body: words(301), shown: 'a paragraph of 301 words' },
    good: { body: words(50), shown: 'a paragraph of 50 words' },
    isFixable: false,
    check: (subject, report) => {
      for (const token of subject.proposal.tokens) {
        if (token.type !== 'inline') continue;
        const count =
          token.content.length < MAX_PARAGRAPH_WORDS * 2 ? 0 : countWords(token.content);
        if (count > MAX_PARAGRAPH_WORDS)
          report(tokenRange(subject, token), `The paragraph has ${count} words`);
      }
    },
  },
  {
    id: 'proposal-length',
    severity: 'warning',
    group: 'Markdown',
    explanation: `A proposal has at most ${MAX_BODY_WORDS} words, an hour of reading. Split what is longer: each part can then be voted on.`,
    bad: { body: `${words(200)}\n\n`.repeat(61), shown: 'a proposal of 12,200 words' },
    good: { body: words(200), shown: 'a proposal of 200 words' },
    isFixable: false,
    check: ({ proposal }, report) => {
      // Two characters make a word at least: most bodies need no count.
      const { bodyMarkdown } = proposal;
      const count = bodyMarkdown.length < MAX_BODY_WORDS * 2 ? 0 : countWords(bodyMarkdown);
      const range = { offset: proposal.bodyOffset, endOffset: proposal.bodyOffset };
      if (count > MAX_BODY_WORDS) report(range, `The proposal has ${count} words`);
    },
  },
];

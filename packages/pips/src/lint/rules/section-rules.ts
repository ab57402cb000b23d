import type { Section } from '../../format/proposal.ts';
import { sectionDefinitions } from '../../format/proposal-types.ts';
import { lineRange, tokenRange } from '../blocks.ts';
import type { LintSubject } from '../lint-subject.ts';
import type { Rule } from '../rule.ts';
import { printable } from './file-rules.ts';

const TITLES = sectionDefinitions.map(({ title }) => title);
const bodyOf = (titles: readonly string[]): string =>
  titles.map((title) => `## ${title}\n\n${title === 'Copyright' ? CC0 : 'Text.'}\n`).join('\n');
const CC0 = 'Copyright and related rights waived via [CC0](LICENSE.md).';

/** Sections and headings. */
export const sectionRules: readonly Rule[] = [
  {
    id: 'section-required',
    severity: 'error',
    group: 'sections',
    explanation: `A proposal has these sections: ${TITLES.join(', ')}. "None" is an answer.`,
    bad: { wholeBody: bodyOf(TITLES.filter((title) => title !== 'Security Considerations')) },
    good: { wholeBody: bodyOf(TITLES) },
    isFixable: false,
    check: (subject, report) => {
      const { proposal, source } = subject;
      if (proposal.problems.length > 0 && proposal.bodyMarkdown === '') return;
      const given = new Set(mainSections(subject).map(({ title }) => title));
      const missing = TITLES.filter((title) => !given.has(title));
      if (missing.length === 0) return;
      const end = { offset: source.text.length, endOffset: source.text.length };
      report(end, `Missing: ${missing.map((title) => `\`## ${title}\``).join(', ')}`);
    },
  },
  {
    id: 'section-unknown',
    severity: 'error',
    group: 'sections',
    explanation:
      'Level 2 is for the sections of the list under `section-required`. Everything else is a part of one of them, on level 3.',
    bad: {
      wholeBody: `${bodyOf(TITLES.slice(0, 8))}\n## Roadmap\n\nText.\n\n${bodyOf(['Copyright'])}`,
    },
    good: { wholeBody: bodyOf(TITLES) },
    isFixable: false,
    check: (subject, report) => {
      for (const section of mainSections(subject)) {
        if (TITLES.includes(section.title)) continue;
        const alike = TITLES.find((title) => title.toLowerCase() === section.title.toLowerCase());
        const hint = alike === undefined ? '' : `: it is written \`${alike}\``;
        report(
          lineRange(subject, section.line),
          `There is no section \`${printable(section.title)}\`${hint}`,
        );
      }
    },
  },
  {
    id: 'section-order',
    severity: 'error',
    group: 'sections',
    explanation: 'The sections stand in the order of the list under `section-required`, each once.',
    bad: { wholeBody: bodyOf(['Motivation', 'Abstract', ...TITLES.slice(2)]) },
    good: { wholeBody: bodyOf(TITLES) },
    isFixable: false,
    check: (subject, report) => {
      let highest: Section | undefined;
      for (const section of mainSections(subject)) {
        const rank = TITLES.indexOf(section.title);
        if (rank === -1) continue;
        const before = TITLES.indexOf(highest?.title ?? '');
        if (rank === before)
          report(lineRange(subject, section.line), `\`${section.title}\` stands twice`);
        else if (rank < before) {
          report(
            lineRange(subject, section.line),
            `\`${section.title}\` comes before \`${highest?.title}\``,
          );
        } else highest = section;
      }
    },
  },
  {
    id: 'section-empty',
    severity: 'error',
    group: 'sections',
    explanation:
      'Under every heading stands something before the next heading of its level. "None" is an answer.',
    bad: { body: '### 1. Frames\n\n### 2. Keys\n\nText.' },
    good: { body: '### 1. Frames\n\nText.\n\n### 2. Keys\n\nText.' },
    isFixable: false,
    check: (subject, report) => {
      const { tokens } = subject.proposal;
      for (const [index, token] of tokens.entries()) {
        if (token.type !== 'heading_open') continue;
        // heading_open, inline, heading_close, then what follows.
        const next = tokens[index + 3];
        const isDeeper =
          next?.type === 'heading_open' && Number(next.tag.slice(1)) > Number(token.tag.slice(1));
        if (next !== undefined && (next.type !== 'heading_open' || isDeeper)) continue;
        report(tokenRange(subject, token), 'Nothing stands under this heading');
      }
    },
  },
  {
    id: 'section-template',
    severity: 'warning',
    group: 'sections',
    explanation: 'The text of the template is replaced by that of the proposal.',
    bad: { wholeBody: `## Motivation\n\n${sectionDefinitions[1]?.guidance}\n` },
    good: { wholeBody: bodyOf(TITLES) },
    isFixable: false,
    check: (subject, report) => {
      const { tokens } = subject.proposal;
      for (const [index, token] of tokens.entries()) {
        if (token.type !== 'inline' || tokens[index - 3]?.type !== 'inline') continue;
        const title = tokens[index - 3]?.content;
        const section = sectionDefinitions.find((definition) => definition.title === title);
        if (section === undefined || title === 'Copyright') continue;
        if (token.content.replaceAll(/\s+/g, ' ').trim() !== section.guidance) continue;
        report(
          tokenRange(subject, token),
          `This is the text of the template: write what belongs to ${title}`,
        );
      }
    },
  },
  {
    id: 'section-start',
    severity: 'error',
    group: 'sections',
    explanation:
      'The body begins with the heading `## Abstract`; the title stands in the front matter and is not repeated.',
    bad: { wholeBody: `Welcome to my idea.\n\n${bodyOf(TITLES)}` },
    good: { wholeBody: bodyOf(TITLES) },
    isFixable: false,
    check: (subject, report) => {
      const [first] = subject.proposal.tokens;
      if (first === undefined || first.type === 'heading_open') return;
      report(tokenRange(subject, first), 'This stands before the first heading');
    },
  },
  {
    id: 'heading-level',
    severity: 'error',
    group: 'sections',
    explanation:
      'Sections are headings of level 2 (`##`); a heading is at most one level deeper than the one before. Level 1 is the title, which the front matter gives.',
    bad: { body: '#### 1. Frames\n\nText.' },
    good: { body: '### 1. Frames\n\nText.' },
    isFixable: false,
    check: (subject, report) => {
      let before = 1;
      for (const section of subject.proposal.sections) {
        const range = lineRange(subject, section.line);
        if (section.level === 1) report(range, 'Level 1 is the title of the proposal: use `##`');
        else if (section.level > before + 1) {
          report(
            range,
            `Level ${section.level} comes after level ${before}: use ${'#'.repeat(before + 1)}`,
          );
        }
        before = Math.max(section.level, 1);
      }
    },
  },
  {
    id: 'heading-space',
    severity: 'error',
    group: 'sections',
    explanation:
      'A space stands between the `#` of a heading and its text. Without it there is no heading.',
    bad: { body: '###1. Frames\n\nText.' },
    good: { body: '### 1. Frames\n\nText.' },
    isFixable: true,
    check: (subject, report) => {
      for (const token of subject.proposal.tokens) {
        if (token.type !== 'inline') continue;
        const marks = /^#{1,6}(?=[^\s#])/.exec(token.content)?.[0];
        const { offset } = tokenRange(subject, token);
        // In a list or a quote a `#` at the start is rarely meant as a heading.
        if (
          marks === undefined ||
          !subject.source.text.startsWith(token.content.slice(0, 8), offset)
        )
          continue;
        const end = offset + marks.length;
        report({ offset, endOffset: end }, 'A space is missing, so this is no heading', [
          { offset: end, endOffset: end, replacement: ' ' },
        ]);
      }
    },
  },
  {
    id: 'heading-number',
    severity: 'warning',
    group: 'sections',
    explanation:
      'Once parts of the specification are numbered they are all numbered, 1, 2, 3 in their order, so that `§2` means one place.',
    bad: { body: '### 1. Frames\n\nText.\n\n### 3. Keys\n\nText.' },
    good: { body: '### 1. Frames\n\nText.\n\n### 2. Keys\n\nText.' },
    isFixable: false,
    check: (subject, report) => {
      const parts = partsOf(subject, 'Specification');
      if (!parts.some(({ title }) => /^\d+\. /.test(title))) return;
      for (const [index, part] of parts.entries()) {
        if (part.title.startsWith(`${index + 1}. `)) continue;
        report(
          lineRange(subject, part.line),
          `Part ${index + 1} of the specification begins with \`${index + 1}. \``,
        );
      }
    },
  },
  {
    id: 'heading-unique',
    severity: 'warning',
    group: 'sections',
    explanation:
      'No two headings have the same text: links to the second break when the first goes.',
    bad: { body: '### 1. Keys\n\n#### Layout\n\nText.\n\n### 2. Frames\n\n#### Layout\n\nText.' },
    good: {
      body: '### 1. Keys\n\n#### Layout of keys\n\nText.\n\n### 2. Frames\n\n#### Layout of frames\n\nText.',
    },
    isFixable: false,
    check: (subject, report) => {
      const seen = new Set<string>();
      for (const section of subject.proposal.sections) {
        // Sections that stand twice are a finding of `section-order`.
        if (seen.has(section.title) && !TITLES.includes(section.title)) {
          report(
            lineRange(subject, section.line),
            `A heading \`${printable(section.title)}\` stands above`,
          );
        }
        seen.add(section.title);
      }
    },
  },
  {
    id: 'copyright-waiver',
    severity: 'error',
    group: 'sections',
    explanation: `The section Copyright says exactly: ${CC0}`,
    bad: { wholeBody: `${bodyOf(TITLES.slice(0, 8))}\n## Copyright\n\nAll rights reserved.\n` },
    good: { wholeBody: bodyOf(TITLES) },
    isFixable: false,
    check: (subject, report) => {
      const sections = subject.proposal.sections;
      const index = sections.findIndex(({ title, level }) => title === 'Copyright' && level === 2);
      const section = sections[index];
      if (section === undefined) return;
      const from = subject.source.lineStart(section.line);
      const next = sections[index + 1];
      const to =
        next === undefined ? subject.source.text.length : subject.source.lineStart(next.line - 1);
      const text = subject.source.text.slice(from, to).replaceAll(/\s+/g, ' ').trim();
      if (text !== '' && text !== CC0)
        report({ offset: from, endOffset: to }, `The section says exactly: ${CC0}`);
    },
  },
];

function mainSections({ proposal }: LintSubject): readonly Section[] {
  return proposal.sections.filter(({ level }) => level === 2);
}

/** The headings of level 3 in one section. */
function partsOf({ proposal }: LintSubject, title: string): readonly Section[] {
  const { sections } = proposal;
  const start = sections.findIndex((section) => section.level === 2 && section.title === title);
  if (start === -1) return [];
  const rest = sections.slice(start + 1);
  const end = rest.findIndex(({ level }) => level <= 2);
  return rest.slice(0, end === -1 ? rest.length : end).filter(({ level }) => level === 3);
}

import { numberToText } from '../../format/categories.ts';
import { linkTarget } from '../../markdown/link-target.ts';
import type { InlineElement } from '../inline-elements.ts';
import type { LintFolder, LintSubject } from '../lint-subject.ts';
import type { Rule } from '../rule.ts';
import { printable } from './file-rules.ts';

/** How proposals name each other in their text. */
export const mentionRules: readonly Rule[] = [
  {
    id: 'mention-link',
    severity: 'error',
    group: 'references',
    explanation:
      'The first mention of another proposal in the body, outside headings, is a link to it: `[PIP-0042](pip-0042-example.md)`.',
    bad: { body: 'It builds on PIP-0042.', others: [['pip: 0042']] },
    good: { body: 'It builds on [PIP-0042](pip-0042-another.md).', others: [['pip: 0042']] },
    isFixable: true,
    check: (subject, report, folder) => {
      const linked = new Set<number>();
      for (const element of subject.inline) {
        if (element.kind === 'link') addLinked(element, subject, folder, linked);
        if (element.kind !== 'text' || element.isInHeading) continue;
        for (const { number, text, index } of mentions(element)) {
          const path = folder.pathsByNumber.get(number)?.[0];
          if (number === subject.proposal.number || linked.has(number) || path === undefined)
            continue;
          linked.add(number);
          // In a link to the proposal itself the link comes after its text.
          if (element.isInLink) continue;
          const range = {
            offset: element.offsetAt(index),
            endOffset: element.offsetAt(index) + text.length,
          };
          const isExact = subject.source.text.slice(range.offset, range.endOffset) === text;
          report(
            range,
            `The first mention of ${text} is no link`,
            isExact ? [{ ...range, replacement: `[${text}](${path})` }] : undefined,
          );
        }
      }
    },
  },
  {
    id: 'mention-target',
    severity: 'error',
    group: 'references',
    explanation: 'A link whose text is the number of a proposal leads to that proposal.',
    bad: { body: 'See [PIP-0042](pip-0043-another.md).', others: [['pip: 0042'], ['pip: 0043']] },
    good: { body: 'See [PIP-0042](pip-0042-another.md).', others: [['pip: 0042'], ['pip: 0043']] },
    isFixable: false,
    check: ({ inline, proposal }, report, folder) => {
      for (const element of inline) {
        if (element.kind !== 'link') continue;
        const number = /^PIP-([0-9]{4})$/.exec(element.text)?.[1];
        const target = linkTarget(element.href, proposal.file.path);
        if (number === undefined || target.kind !== 'file') continue;
        const paths = folder.pathsByNumber.get(Number(number));
        if (paths === undefined || paths.includes(target.path)) continue;
        report(
          element,
          `PIP-${number} is \`${paths[0]}\`, the link leads to \`${printable(target.path)}\``,
        );
      }
    },
  },
  {
    id: 'mention-exists',
    severity: 'error',
    group: 'references',
    explanation: 'A proposal that is named in the text exists.',
    bad: { body: 'It builds on PIP-0777.' },
    good: { body: 'It builds on [PIP-0042](pip-0042-another.md).', others: [['pip: 0042']] },
    isFixable: false,
    check: (subject, report, folder) => {
      const told = new Set<number>();
      for (const element of subject.inline) {
        if (element.kind !== 'text') continue;
        for (const { number, text, index } of mentions(element)) {
          if (folder.pathsByNumber.has(number) || told.has(number)) continue;
          told.add(number);
          const offset = element.offsetAt(index);
          report({ offset, endOffset: offset + text.length }, `There is no ${text} in this folder`);
        }
      }
    },
  },
  {
    id: 'mention-form',
    severity: 'error',
    group: 'references',
    explanation:
      'A proposal is named `PIP-0042`: capital Latin letters, a hyphen, four digits 0 to 9. Everything else escapes search, and look-alike letters and digits deceive.',
    bad: { body: 'It builds on PIP 42.' },
    good: { body: 'It builds on [PIP-0042](pip-0042-another.md).', others: [['pip: 0042']] },
    isFixable: false,
    check: (subject, report) => {
      for (const element of subject.inline) {
        if (element.kind !== 'text') continue;
        for (const match of element.text.matchAll(MENTION_ALIKE)) {
          const [text] = match;
          if (/^PIP-(?:[0-9]{4}|XXXX|NNNN)$/.test(text)) continue;
          const offset = element.offsetAt(match.index);
          report(
            { offset, endOffset: offset + text.length },
            `\`${printable(text)}\` is written PIP- and four digits 0 to 9`,
          );
        }
      }
    },
  },
  {
    id: 'mention-section',
    severity: 'error',
    group: 'references',
    explanation:
      'A citation such as `PIP-0042 §2.1` names a numbered part of that proposal that exists.',
    bad: { body: 'See [PIP-0042](pip-0042-another.md) §9.', others: [['pip: 0042']] },
    good: { body: 'See [PIP-0042](pip-0042-another.md) §1.', others: [['pip: 0042']] },
    isFixable: false,
    check: ({ source, proposal }, report, { graph }) => {
      const { bodyOffset, bodyMarkdown } = proposal;
      for (const match of bodyMarkdown.matchAll(CITATION)) {
        const [text, number = '', part = ''] = match;
        const cited = graph.byNumber(Number(number))?.proposal;
        // Proposals without numbered parts are cited by nobody.
        if (cited === undefined || cited.sections.some(({ title }) => numberOfPart(title) === part))
          continue;
        const offset = bodyOffset + match.index + text.lastIndexOf('§');
        const end = Math.min(bodyOffset + match.index + text.length, source.text.length);
        report(
          { offset, endOffset: end },
          `PIP-${numberToText(Number(number))} has no part ${part}`,
        );
      }
    },
  },
];

interface Mention {
  readonly number: number;
  readonly text: string;
  readonly index: number;
}

function mentions({ text }: InlineElement): Mention[] {
  return Array.from(text.matchAll(/\bPIP-([0-9]{4})(?![0-9])/g), (match) => ({
    text: match[0],
    number: Number(match[1]),
    index: match.index,
  }));
}

function addLinked(
  { href }: InlineElement,
  { proposal }: LintSubject,
  { graph }: LintFolder,
  linked: Set<number>,
): void {
  const target = linkTarget(href, proposal.file.path);
  if (target.kind !== 'file' || graph.byPath(target.path) === undefined) return;
  const number = /^pip-([0-9]{4})-/.exec(target.path)?.[1];
  if (number !== undefined) linked.add(Number(number));
}

/** What a reader takes for the name of a proposal: also with Cyrillic or Greek letters, other hyphens and digits. */
const MENTION_ALIKE =
  /(?<![\p{L}\p{N}_/.-])[PpРрΡρＰ][IiІіΙι1lＩ][PpРрΡρＰ](?:[ \u00a0]?[-\u2010-\u2015\u2212\uff0d][ \u00a0]?|[ \u00a0]|)[\p{Nd}OО]{1,6}(?![\p{L}\p{N}])/gu;

/** PIP-0042 §2.1 and [PIP-0042](pip-0042-title.md) §2.1, but not as code, where it is a form. */
const CITATION =
  /PIP-([0-9]{4})(?:\]\([^)\s]{0,120}\))?,? §([0-9]{1,3}(?:\.[0-9]{1,3})?)(?![0-9])/g;

/** `1. Keys` and `2.1 Layout` have the numbers 1 and 2.1. */
function numberOfPart(title: string): string | undefined {
  return /^([0-9]+(?:\.[0-9]+)?)\.? /.exec(title)?.[1];
}

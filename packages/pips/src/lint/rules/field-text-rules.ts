import type { Rule } from '../rule.ts';
import { valueRange } from './file-rules.ts';

const MAX_TITLE_LENGTH = 44;
const MAX_DESCRIPTION_LENGTH = 140;
const LENGTH_OF = (text: string): number => Array.from(text.normalize('NFC')).length;

/** Length and style of title and description. */
export const fieldTextRules: readonly Rule[] = [
  {
    id: 'title-length',
    severity: 'error',
    group: 'front matter',
    explanation: `A title has 2 to ${MAX_TITLE_LENGTH} characters: it has to fit in a list on a phone.`,
    bad: { fields: ['title: A way in which two nodes that never met can talk'] },
    good: { fields: ['title: First contact of two nodes'] },
    isFixable: false,
    check: ({ proposal: { frontMatter }, field }, report) => {
      const length = LENGTH_OF(frontMatter.title ?? '');
      if (frontMatter.title === undefined || length === 0) return;
      if (length > MAX_TITLE_LENGTH || length < 2) {
        report(
          valueRange(field('title')),
          `The title has ${length} characters, not 2 to ${MAX_TITLE_LENGTH}`,
        );
      }
    },
  },
  {
    id: 'title-style',
    severity: 'warning',
    group: 'front matter',
    explanation:
      'A title begins with a capital letter or a digit, ends without a full stop, and does without the words "proposal", "standard" and "PIP": every one of them is that.',
    bad: { fields: ['title: a proposal for links.'] },
    good: { fields: ['title: Links'] },
    isFixable: false,
    check: ({ proposal: { frontMatter }, field }, report) => {
      const { title = '' } = frontMatter;
      const range = valueRange(field('title'));
      if (/^\p{Ll}/u.test(title)) report(range, 'The title begins with a small letter');
      if (/[.!?:;,؟،؛]$/.test(title)) report(range, 'The title ends with a punctuation mark');
      const word = /\b(?:proposals?|standards?|pip)\b/i.exec(title)?.[0];
      if (word !== undefined) report(range, `"${word}" says nothing in the title of a proposal`);
    },
  },
  {
    id: 'description-length',
    severity: 'error',
    group: 'front matter',
    explanation: `A description has 10 to ${MAX_DESCRIPTION_LENGTH} characters: one sentence that says what changes.`,
    bad: { fields: [`description: ${'It says the same over and over. '.repeat(5).trim()}`] },
    good: { fields: ['description: How two nodes find each other without a server'] },
    isFixable: false,
    check: ({ proposal: { frontMatter }, field }, report) => {
      const length = LENGTH_OF(frontMatter.description ?? '');
      if (frontMatter.description === undefined || length === 0) return;
      if (length > MAX_DESCRIPTION_LENGTH || length < 10) {
        report(
          valueRange(field('description')),
          `The description has ${length} characters, not 10 to ${MAX_DESCRIPTION_LENGTH}`,
        );
      }
    },
  },
  {
    id: 'description-style',
    severity: 'warning',
    group: 'front matter',
    explanation:
      'A description begins with a capital letter, ends without a full stop, and says more than the title.',
    bad: { fields: ['description: How two nodes find each other.'] },
    good: { fields: ['description: How two nodes find each other'] },
    isFixable: false,
    check: ({ source, proposal: { frontMatter }, field }, report) => {
      const { description = '', title } = frontMatter;
      const given = field('description');
      if (given === undefined) return;
      const range = valueRange(given);
      if (/^\p{Ll}/u.test(description)) report(range, 'The description begins with a small letter');
      if (description !== '' && description === title)
        report(range, 'The description repeats the title');
      if (!/[^.]\.$/.test(description)) return;
      const written = source.text.slice(given.valueOffset, given.valueEnd);
      const stop = given.valueOffset + written.lastIndexOf('.');
      report(range, 'The description ends with a full stop', [
        { offset: stop, endOffset: stop + 1, replacement: '' },
      ]);
    },
  },
  {
    id: 'field-mentions',
    severity: 'warning',
    group: 'front matter',
    explanation:
      'Title and description name no other proposal by number: `requires` does, and numbers tell a newcomer nothing.',
    bad: { fields: ['description: The messages that PIP-1000 left out'] },
    good: { fields: ['description: The messages that a link does not carry'] },
    isFixable: false,
    check: ({ field }, report) => {
      for (const key of ['title', 'description']) {
        const given = field(key);
        const mention = /\bPIP[ -]?\d{4}\b/i.exec(String(given?.value ?? ''))?.[0];
        if (mention !== undefined) report(valueRange(given), `\`${key}\` names ${mention}`);
      }
    },
  },
];

import { authorsFromText } from '../../format/authors.ts';
import { categories, categoryByName } from '../../format/categories.ts';
import { PROPOSAL_TYPES } from '../../format/proposal-types.ts';
import { dayNumberFromText } from '../../lifecycle/calendar-day.ts';
import { statusByName, statuses } from '../../lifecycle/lifecycle.ts';
import { isWebAddress } from '../../markdown/link-target.ts';
import type { Rule } from '../rule.ts';
import { printable, valueRange } from './file-rules.ts';

/** Values of the fields that have a fixed form. */
export const fieldValueRules: readonly Rule[] = [
  valueRule(
    'field-status',
    'status',
    `\`status\` is one of ${statuses.map(({ name }) => name).join(', ')}. The ledger decides; the file says what its author claims.`,
    'Accepted',
    'Draft',
    (value) => statusByName(value) !== undefined,
  ),
  valueRule(
    'field-type',
    'type',
    `\`type\` is one of ${PROPOSAL_TYPES.join(', ')}.`,
    'Standard',
    'Standards Track',
    (value) => PROPOSAL_TYPES.includes(value),
  ),
  valueRule(
    'field-category',
    'category',
    `\`category\` is one of ${categories.map(({ name }) => name).join(', ')}.`,
    'Cryptography',
    'Core',
    (value) => categoryByName(value) !== undefined,
  ),
  valueRule(
    'field-language',
    'language',
    '`language` is `en` or `fa`; without it the text is English.',
    'Persian',
    'en',
    (value) => value === 'en' || value === 'fa',
  ),
  valueRule(
    'field-author',
    'author',
    '`author` is `Name (@handle)` or `Name <mail>`, several separated by commas.',
    'Roya @roya',
    'Roya (@roya), Reza <reza@example.org>',
    (value) => authorsFromText(value) !== undefined,
  ),
  {
    id: 'field-author-contact',
    severity: 'error',
    group: 'front matter',
    explanation:
      'At least one author can be reached: by a handle or a mail address. A pen name is fine.',
    bad: { fields: ['author: Roya'] },
    good: { fields: ['author: Roya (@roya)'] },
    isFixable: false,
    check: ({ proposal: { frontMatter }, field }, report) => {
      const authors = authorsFromText(frontMatter.author ?? '');
      if (authors === undefined || authors.some(({ handle, mail }) => handle ?? mail)) return;
      report(valueRange(field('author')), 'No author has a handle or a mail address');
    },
  },
  valueRule(
    'field-created',
    'created',
    '`created` is the day of the first draft, a real date as `YYYY-MM-DD`.',
    '22.11.2026',
    '2026-11-22',
    isDate,
  ),
  {
    id: 'field-created-future',
    severity: 'error',
    group: 'front matter',
    explanation: '`created` does not lie in the future.',
    bad: { fields: ['created: 2999-01-01'] },
    good: { fields: ['created: 2026-11-22'] },
    isFixable: false,
    check: ({ proposal: { frontMatter }, field }, report, { today }) => {
      const { created } = frontMatter;
      if (today === undefined || created === undefined || !isDate(created) || created <= today)
        return;
      report(valueRange(field('created')), `${created} is in the future`);
    },
  },
  valueRule(
    'field-discussions',
    'discussions-to',
    '`discussions-to` is an https address or a `pars://` link.',
    'ask me',
    'https://example.org/discussion',
    (value) =>
      (value.startsWith('https:') && isWebAddress(value)) || /^pars:\/\/[^\s/][^\s]*$/.test(value),
  ),
];

/** A rule for one field: what it must be is a question to its value. Missing and empty values are left to others. */
function valueRule(
  id: string,
  key: string,
  explanation: string,
  bad: string,
  good: string,
  isGood: (value: string) => boolean,
): Rule {
  return {
    id,
    severity: 'error',
    group: 'front matter',
    explanation,
    bad: { fields: [`${key}: ${bad}`] },
    good: { fields: [`${key}: ${good}`] },
    isFixable: false,
    check: ({ field }, report) => {
      const given = field(key);
      if (given === undefined || given.value === '') return;
      if (typeof given.value !== 'string')
        report(valueRange(given), `\`${key}\` is one text, not a list`);
      else if (!isGood(given.value))
        report(valueRange(given), `\`${printable(given.value)}\` is not allowed. ${explanation}`);
    },
  };
}

/** A day that exists, as `YYYY-MM-DD`. */
function isDate(value: string): boolean {
  return dayNumberFromText(value) !== undefined;
}

import {
  fieldDefinition,
  fieldDefinitions,
  listFromValue,
} from '../../format/front-matter-fields.ts';
import type { FrontMatterField } from '../../format/proposal.ts';
import type { LintSubject } from '../lint-subject.ts';
import type { Rule } from '../rule.ts';
import type { TextEdit } from '../source-range.ts';
import { printable, problemCheck, valueRange } from './file-rules.ts';

/** Presence, order and form of the fields of the front matter. */
export const fieldFormRules: readonly Rule[] = [
  {
    id: 'front-matter-missing',
    severity: 'error',
    group: 'front matter',
    explanation:
      'A file begins with its front matter between two lines `---`, at most 8,192 characters.',
    bad: { text: '# My idea\n\nIt is good.\n' },
    good: {},
    isFixable: false,
    check: problemCheck('pips/no-front-matter', 'pips/front-matter-unclosed'),
  },
  {
    id: 'front-matter-syntax',
    severity: 'error',
    group: 'front matter',
    explanation:
      'Every line of the front matter is `field: value`. A value with `: ` or ` #` in it stands in quotation marks.',
    bad: { fields: ['title: Links: a proposal'] },
    good: { fields: ['title: "Links: an idea"'] },
    isFixable: false,
    check: problemCheck('pips/front-matter-syntax'),
  },
  {
    id: 'front-matter-plain',
    severity: 'error',
    group: 'front matter',
    explanation:
      'A value is a text or a list of texts. Anchors, aliases, tags, comments and nested values are refused: they can hide something or grow without bound.',
    bad: { fields: ['title: &a Example of a proposal'] },
    good: { fields: ['title: Example of an idea'] },
    isFixable: false,
    check: problemCheck('pips/front-matter-value'),
  },
  {
    id: 'front-matter-duplicate',
    severity: 'error',
    group: 'front matter',
    explanation: 'Every field stands once.',
    bad: { fields: ['status: Draft\nstatus: Review'] },
    good: { fields: ['status: Draft'] },
    isFixable: false,
    check: problemCheck('pips/front-matter-duplicate'),
  },
  {
    id: 'front-matter-unknown',
    severity: 'error',
    group: 'front matter',
    explanation: `There are these fields and no others: ${fieldDefinitions.map(({ key }) => `\`${key}\``).join(', ')}.`,
    bad: { fields: ['version: 3'] },
    good: {},
    isFixable: false,
    check: ({ proposal }, report) => {
      for (const field of proposal.fields) {
        if (fieldDefinition(field.key) !== undefined) continue;
        report(keyRange(field), `There is no field \`${printable(field.key)}\``);
      }
    },
  },
  {
    id: 'front-matter-required',
    severity: 'error',
    group: 'front matter',
    explanation: `These fields are never missing or empty: ${fieldDefinitions
      .filter(({ isRequired }) => isRequired)
      .map(({ key }) => `\`${key}\``)
      .join(', ')}.`,
    bad: { fields: ['author: -'] },
    good: { fields: ['author: Roya (@roya)'] },
    isFixable: false,
    check: ({ proposal, field }, report) => {
      // Without front matter there is one finding, not nine.
      if (proposal.fields.length === 0) return;
      for (const { key, isRequired } of fieldDefinitions) {
        const given = field(key);
        if (!isRequired || (given !== undefined && given.value !== '')) continue;
        const range = given === undefined ? { offset: 0, endOffset: 3 } : keyRange(given);
        report(
          range,
          given === undefined ? `The field \`${key}\` is missing` : `The field \`${key}\` is empty`,
        );
      }
    },
  },
  {
    id: 'front-matter-empty',
    severity: 'warning',
    group: 'front matter',
    explanation:
      'A field that may be missing is left out when there is nothing to say. `requires: []` is fine.',
    bad: { fields: ['discussions-to:'] },
    good: {},
    isFixable: false,
    check: ({ proposal }, report) => {
      for (const field of proposal.fields) {
        const definition = fieldDefinition(field.key);
        if (definition === undefined || definition.isRequired || field.value !== '') continue;
        report(keyRange(field), `\`${field.key}\` is empty: leave it out`);
      }
    },
  },
  {
    id: 'front-matter-order',
    severity: 'error',
    group: 'front matter',
    explanation:
      'The fields stand in the order of the list under `front-matter-unknown`, so that all proposals read alike.',
    bad: { fields: ['title: -', 'type: Standards Track\ntitle: Example of an idea'] },
    good: { fields: ['title: Example of an idea'] },
    isFixable: true,
    check: (subject, report) => {
      const { fields, problems } = subject.proposal;
      if (problems.length > 0) return;
      const known = fields.filter(({ key }) => fieldDefinition(key) !== undefined);
      const ranks = known.map(({ key }) =>
        fieldDefinitions.findIndex((field) => field.key === key),
      );
      const at = ranks.findIndex((rank, index) => index > 0 && rank < (ranks[index - 1] ?? 0));
      const [field, before] = [known[at], known[at - 1]];
      if (field === undefined || before === undefined) return;
      report(
        keyRange(field),
        `\`${field.key}\` comes before \`${before.key}\``,
        known.length === fields.length ? [sortedFields(subject, known, ranks)] : undefined,
      );
    },
  },
  {
    id: 'field-list',
    severity: 'error',
    group: 'front matter',
    explanation:
      '`requires` and `replaces` are lists of four-digit numbers in brackets, sorted, each once: `[0002, 2000]`.',
    bad: { fields: ['requires: 0043, 0042'], others: [['pip: 0042'], ['pip: 0043']] },
    good: { fields: ['requires: [0042, 0043]'], others: [['pip: 0042'], ['pip: 0043']] },
    isFixable: false,
    check: ({ proposal, source }, report) => {
      for (const field of proposal.fields) {
        if (fieldDefinition(field.key)?.isList !== true || field.value === '') continue;
        const items = listFromValue(field.value);
        const strange = items.find((item) => !/^[0-9]{4}$/.test(item));
        if (strange !== undefined) {
          report(
            valueRange(field),
            `${printable(strange)} in \`${field.key}\` is no number of four digits`,
          );
          continue;
        }
        const wanted = `[${[...new Set(items)].toSorted().join(', ')}]`;
        const written = source.text.slice(field.valueOffset, field.valueEnd).trimEnd();
        if (written === wanted) continue;
        // A block list ends with its line break, which has to stay.
        const end = field.valueOffset + written.length;
        const range = { offset: field.valueOffset, endOffset: end };
        const isBlock = written.startsWith('-');
        const from = isBlock ? field.keyOffset + field.key.length + 1 : field.valueOffset;
        const edit = { offset: from, endOffset: end, replacement: isBlock ? ` ${wanted}` : wanted };
        report(range, `\`${field.key}\` is written ${wanted}`, [edit]);
      }
    },
  },
  {
    id: 'field-pip',
    severity: 'error',
    group: 'front matter',
    explanation:
      '`pip` is a number of four digits 0 to 9, or `XXXX`. A number is given on entry to Review, by a maintainer.',
    bad: { fields: ['pip: 42'] },
    good: { fields: ['pip: XXXX'] },
    isFixable: false,
    check: ({ proposal: { frontMatter }, field }, report) => {
      const { pip } = frontMatter;
      if (pip === undefined || pip === '' || /^(?:[0-9]{4}|XXXX)$/.test(pip)) return;
      const alike = /^[0-9]{4}$/.test(
        pip.normalize('NFKC').replaceAll(/[\u0660-\u0669\u06f0-\u06f9OoОоIl]/g, '0'),
      );
      const message = alike
        ? `${printable(pip)} only looks like a number: use the digits 0 to 9`
        : `${printable(pip)} is neither a number of four digits nor XXXX`;
      report(valueRange(field('pip')), message);
    },
  },
];

function keyRange({ key, keyOffset }: FrontMatterField): { offset: number; endOffset: number } {
  return { offset: keyOffset, endOffset: keyOffset + key.length };
}

/** Rewrites the lines of the fields in their order. */
function sortedFields(
  { source, firstBodyLine }: LintSubject,
  fields: readonly FrontMatterField[],
  ranks: readonly number[],
): TextEdit {
  const lines = fields.map(({ keyOffset }) => source.lineAt(keyOffset));
  const end = source.lineStart(firstBodyLine - 1);
  const blocks = fields.map((_, index) => ({
    rank: ranks[index] ?? 0,
    text: source.text.slice(
      source.lineStart(lines[index] ?? 0),
      index + 1 < lines.length ? source.lineStart(lines[index + 1] ?? 0) : end,
    ),
  }));
  return {
    offset: source.lineStart(lines[0] ?? 0),
    endOffset: end,
    replacement: blocks
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ text }) => text)
      .join(''),
  };
}

import { numberToText } from '../../format/categories.ts';
import { numberFromText } from '../../format/parse-proposal.ts';
import { statusByName } from '../../lifecycle/lifecycle.ts';
import type { Rule } from '../rule.ts';
import { valueRange } from './file-rules.ts';

const APPROVED = statusByName('Approved')?.maturity ?? 3;

/** What proposals say about each other in the front matter. */
export const referenceRules: readonly Rule[] = [
  {
    id: 'requires-exist',
    severity: 'error',
    group: 'references',
    explanation:
      'Every number in `requires`, `replaces` and `superseded-by` is a proposal of this folder.',
    bad: { fields: ['requires: [0777]'] },
    good: { fields: ['requires: [0042]'], others: [['pip: 0042']] },
    isFixable: false,
    check: ({ proposal, field }, report, { graph }) => {
      const { requires = [], replaces = [], supersededBy = '' } = proposal.frontMatter;
      const lists = {
        requires,
        replaces,
        'superseded-by': supersededBy === '' ? [] : [supersededBy],
      };
      for (const [key, items] of Object.entries(lists)) {
        for (const item of items) {
          const number = numberFromText(item);
          // What is no number is a finding of `field-list`, but for this field.
          if (number === undefined && key !== 'superseded-by') continue;
          if (graph.byNumber(number ?? -1) !== undefined) continue;
          report(
            valueRange(field(key)),
            `There is no proposal ${item.slice(0, 20)} for \`${key}\``,
          );
        }
      }
    },
  },
  {
    id: 'requires-cycle',
    severity: 'error',
    group: 'references',
    explanation:
      'Proposals do not require each other in a circle, nor themselves: none could be approved first.',
    bad: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'requires: [0043]'],
      others: [['pip: 0043', 'requires: [0042]']],
    },
    good: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'requires: [0043]'],
      others: [['pip: 0043']],
    },
    isFixable: false,
    check: ({ proposal, field }, report, { graph }) => {
      for (const cycle of graph.cycles) {
        if (!cycle.some(({ file }) => file.path === proposal.file.path)) continue;
        const numbers = [...cycle, ...cycle.slice(0, 1)]
          .slice(0, 12)
          .map(({ number }) => numberToText(number ?? 0));
        report(
          valueRange(field('requires')),
          `The proposals require each other in a circle: ${numbers.join(' → ')}`,
        );
      }
    },
  },
  {
    id: 'requires-status',
    severity: 'error',
    group: 'references',
    explanation:
      'A proposal is never further along than what it requires, and never requires what was rejected or withdrawn.',
    bad: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Voting', 'requires: [0043]'],
      others: [['pip: 0043', 'status: Draft']],
    },
    good: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Voting', 'requires: [0043]'],
      others: [['pip: 0043', 'status: Approved']],
    },
    isFixable: false,
    check: ({ proposal, field }, report, { graph }) => {
      const own = statusByName(proposal.frontMatter.status ?? '')?.maturity ?? 0;
      if (own < 0) return;
      for (const required of graph.byPath(proposal.file.path)?.requires ?? []) {
        const status = statusByName(required.frontMatter.status ?? '');
        // What is approved may be built upon, whether or not it is in use.
        if (status === undefined || status.maturity >= Math.min(own, APPROVED)) continue;
        report(
          valueRange(field('requires')),
          `${numberToText(required.number ?? 0)} is ${status.name}, this proposal is ${proposal.frontMatter.status}`,
        );
      }
    },
  },
  {
    id: 'replaces-mutual',
    severity: 'error',
    group: 'references',
    explanation:
      'A proposal that replaces others is named in their `superseded-by`, as soon as it is approved; and whoever is named there says `replaces`.',
    bad: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Implemented', 'superseded-by: 0043'],
      others: [['pip: 0043', 'status: Approved']],
    },
    good: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Implemented', 'superseded-by: 0043'],
      others: [['pip: 0043', 'status: Approved', 'replaces: [0042]']],
    },
    isFixable: false,
    check: ({ proposal, field }, report, { graph }) => {
      const { frontMatter, number = -1 } = proposal;
      const own = numberToText(number);
      const successor = graph.byNumber(numberFromText(frontMatter.supersededBy) ?? -1)?.proposal;
      if (successor !== undefined && successor.frontMatter.replaces?.includes(own) !== true) {
        report(
          valueRange(field('superseded-by')),
          `${frontMatter.supersededBy} does not say that it replaces ${own}`,
        );
      }
      const maturity = statusByName(frontMatter.status ?? '')?.maturity ?? 0;
      if (maturity < APPROVED) return;
      for (const { frontMatter: replaced, number: other } of graph.byPath(proposal.file.path)
        ?.replaces ?? []) {
        if (numberFromText(replaced.supersededBy) === number) continue;
        report(
          valueRange(field('replaces')),
          `${numberToText(other ?? 0)} does not say that it is superseded by ${own}`,
        );
      }
    },
  },
  {
    id: 'superseded-status',
    severity: 'error',
    group: 'references',
    explanation:
      'Only what was approved can be superseded, and only by something that is approved.',
    bad: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Implemented', 'superseded-by: 0043'],
      others: [['pip: 0043', 'status: Draft', 'replaces: [0042]']],
    },
    good: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Implemented', 'superseded-by: 0043'],
      others: [['pip: 0043', 'status: Approved', 'replaces: [0042]']],
    },
    isFixable: false,
    check: ({ proposal: { frontMatter }, field }, report, { graph }) => {
      const { supersededBy, status = '' } = frontMatter;
      if (supersededBy === undefined) return;
      const range = valueRange(field('superseded-by'));
      const own = statusByName(status);
      if (own !== undefined && own.maturity < APPROVED)
        report(range, `A proposal in ${status} cannot be superseded`);
      const successor = graph.byNumber(numberFromText(supersededBy) ?? -1)?.proposal;
      const next = statusByName(successor?.frontMatter.status ?? '');
      if (next !== undefined && next.maturity < APPROVED) {
        report(range, `${supersededBy} is ${next.name}, so it supersedes nothing yet`);
      }
    },
  },
];

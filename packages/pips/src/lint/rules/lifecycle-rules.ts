import { parseProposal } from '../../format/parse-proposal.ts';
import { changedParts } from '../../format/proposal-parts.ts';
import { dayNumberFromText } from '../../lifecycle/calendar-day.ts';
import { lifecycle, statusByName, transitionBetween } from '../../lifecycle/lifecycle.ts';
import type { HistoryEntry, LintSubject } from '../lint-subject.ts';
import type { Rule } from '../rule.ts';
import { printable, valueRange } from './file-rules.ts';

/** What the status claims, against the number and the history. */
export const lifecycleRules: readonly Rule[] = [
  {
    id: 'status-number',
    severity: 'error',
    group: 'lifecycle',
    explanation:
      'From Review on a proposal has a number. Only a draft, or a draft that was given up, is called `XXXX`.',
    bad: { fields: ['pip: XXXX', 'status: Review'] },
    good: { path: 'pip-0042-example.md', fields: ['pip: 0042', 'status: Review'] },
    isFixable: false,
    check: ({ proposal: { frontMatter }, field }, report) => {
      const { pip, status = '' } = frontMatter;
      if (pip !== 'XXXX' || status === 'Draft' || status === 'Withdrawn') return;
      if (statusByName(status) === undefined) return;
      report(
        valueRange(field('status')),
        `A proposal in ${status} has a number: \`pars pip number\` gives it`,
      );
    },
  },
  {
    id: 'status-transition',
    severity: 'error',
    group: 'lifecycle',
    explanation: `The versions in git take only these steps: ${lifecycle.map(({ from, to, minimalDays }) => `${from} → ${to}${minimalDays === 0 ? '' : ` (after ${minimalDays} days)`}`).join(', ')}. A proposal begins as a Draft.`,
    bad: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Voting'],
      history: ['2026-11-01 Draft', '2026-11-10 Review', '2026-11-12 Voting'],
    },
    good: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Voting'],
      history: ['2026-11-01 Draft', '2026-11-10 Review', '2026-11-17 Voting'],
    },
    isFixable: false,
    check: (subject, report, { today }) => {
      for (const message of brokenSteps(statusSteps(subject, today))) {
        report(valueRange(subject.field('status')), message);
      }
    },
  },
  {
    id: 'frozen-text',
    severity: 'error',
    group: 'lifecycle',
    explanation:
      'What is voted on does not change: from Voting on only the fields `status` and `superseded-by` may.',
    bad: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Approved'],
      history: [
        '2026-11-01 Draft',
        '2026-11-02 Review',
        '2026-11-09 Voting other text',
        '2026-11-16 Approved',
      ],
    },
    good: {
      path: 'pip-0042-example.md',
      fields: ['pip: 0042', 'status: Approved'],
      history: [
        '2026-11-01 Draft',
        '2026-11-02 Review',
        '2026-11-09 Voting',
        '2026-11-16 Approved',
      ],
    },
    isFixable: false,
    check: ({ proposal, history, field }, report) => {
      const vote = history.find(({ status }) => status === 'Voting');
      if (vote?.text === undefined) return;
      const { keys, titles } = changedParts(
        parseProposal({ ...proposal.file, text: vote.text }),
        proposal,
      );
      const changed = [...keys.filter((key) => !MAY_CHANGE.has(key)), ...titles];
      if (changed.length === 0) return;
      report(
        valueRange(field('status')),
        `Changed since the vote began on ${vote.date}: ${printable(changed.join(', '))}`,
      );
    },
  },
];

const MAY_CHANGE: ReadonlySet<string> = new Set(['status', 'superseded-by']);

/**
 * Each status with the day on which it came, up to what the file says now. In
 * Review the day is that of the last change of what the text says.
 */
function statusSteps(
  { history, proposal }: LintSubject,
  today: string | undefined,
): readonly HistoryEntry[] {
  const now = proposal.frontMatter.status;
  const all = [...history];
  if (all.length > 0 && now !== undefined && today !== undefined)
    all.push({ date: today, status: now });
  const steps: HistoryEntry[] = [];
  for (const entry of all) {
    const last = steps.at(-1);
    if (last?.status !== entry.status) steps.push(entry);
    else if (entry.status === 'Review' && saysSomethingElse(last, entry))
      steps[steps.length - 1] = entry;
  }
  return steps;
}

function saysSomethingElse(before: HistoryEntry, after: HistoryEntry): boolean {
  if (before.text === undefined || after.text === undefined || before.text === after.text)
    return false;
  const [was, is] = [before.text, after.text].map((text) => parseProposal({ path: '', text }));
  if (was === undefined || is === undefined) return false;
  const { keys, titles } = changedParts(was, is);
  return keys.length + titles.length > 0;
}

/** Whole days from one to the other; not a number when one of them is no day. */
function daysBetween(from: string, to: string): number {
  return (dayNumberFromText(to) ?? Number.NaN) - (dayNumberFromText(from) ?? Number.NaN);
}

function brokenSteps(steps: readonly HistoryEntry[]): string[] {
  const messages: string[] = [];
  const [first] = steps;
  if (first !== undefined && first.status !== 'Draft') {
    messages.push(`The first version in git is in ${printable(first.status)}, not a Draft`);
  }
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (before === undefined) continue;
    const transition = transitionBetween(before.status, step.status);
    const days = daysBetween(before.date, step.date);
    const name = `${printable(before.status)} → ${printable(step.status)} on ${printable(step.date)}`;
    if (transition === undefined) messages.push(`${name} is no step that exists`);
    else if (transition.minimalDays > 0 && !(days >= transition.minimalDays)) {
      messages.push(`${name} came after ${days} days; ${transition.minimalDays} are needed`);
    }
  }
  return messages;
}

import { COUNTERPARTS } from './eipw-counterparts.ts';
import type { Rule, RuleExample, RuleGroup } from './rule.ts';
import { rules } from './rules.ts';

const GROUPS: readonly RuleGroup[] = [
  'file',
  'front matter',
  'references',
  'lifecycle',
  'sections',
  'links and images',
  'Markdown',
  'characters',
  'Persian',
];

/** The document `PIPs/rules.md`: every rule with its explanation and examples, and how eipw's rules compare. */
export function ruleTableMarkdown(): string {
  const errors = rules.filter(({ severity }) => severity === 'error').length;
  const fixable = rules.filter(({ isFixable }) => isFixable).length;
  const parts = [
    '# Rules of the linter',
    '',
    `Generated from \`packages/pips\` by \`pars pip rules --markdown\`; change the code, not this file. ${rules.length} rules: ${errors} errors, which keep a proposal out of Review, and ${rules.length - errors} warnings. ${fixable} are corrected by \`pars pip lint --fix\` without changing what a proposal says. Every example is a test.`,
    '',
    '| rule | severity | fix |',
    '|---|---|---|',
    ...rules.map(
      ({ id, severity, isFixable }) =>
        `| [${id}](#${id}) | ${severity} | ${isFixable ? 'yes' : ''} |`,
    ),
  ];
  for (const group of GROUPS) {
    parts.push('', `## ${group[0]?.toUpperCase()}${group.slice(1)}`);
    for (const rule of rules) {
      if (rule.group === group) parts.push(...ruleChapter(rule));
    }
  }
  parts.push(
    '',
    '## Rules of eipw',
    '',
    `eipw checks the improvement proposals of Ethereum. Its ${COUNTERPARTS.length} documented rules, and what does their work here:`,
    '',
    '| eipw | here |',
    '|---|---|',
    ...COUNTERPARTS.map(([theirs, ours]) => `| ${theirs} | ${ours} |`),
  );
  return `${parts.join('\n')}\n`;
}

/** One rule for a terminal: explanation, bad and good example. */
export function ruleText(rule: Rule): readonly string[] {
  const { id, severity, isFixable, explanation } = rule;
  const indent = (text: string): string[] => text.split('\n').map((line) => `    ${line}`);
  return [
    `${id} (${severity}${isFixable ? ', --fix' : ''})`,
    `  ${explanation}`,
    '  not:',
    ...indent(exampleText(rule.bad)),
    '  but:',
    ...indent(exampleText(rule.good)),
  ];
}

function ruleChapter(rule: Rule): string[] {
  const { id, severity, isFixable, explanation } = rule;
  return [
    '',
    `### ${id}`,
    '',
    `*${severity}${isFixable ? ', fixable' : ''}.* ${explanation}`,
    '',
    'Not:',
    '',
    ...fenced(exampleText(rule.bad)),
    '',
    'But:',
    '',
    ...fenced(exampleText(rule.good)),
  ];
}

/** What there is to see of an example, in a fence that is longer than those in it. */
function exampleText(example: RuleExample): string {
  const { shown, path, fields = [], others = [], history = [], body, wholeBody, text } = example;
  if (shown !== undefined) return shown;
  const lines = [
    ...(path === undefined ? [] : [`file ${path}`]),
    ...fields.map((line) => (line.endsWith(': -') ? `(no ${line.slice(0, -3)})` : line)),
    ...others.map((fields) => `another proposal: ${fields.join(', ')}`),
    ...history.map((line) => `in git: ${line}`),
    ...[body, wholeBody, text].flatMap((part) => part?.trimEnd() ?? []),
  ];
  return lines.length === 0 ? 'a proposal like pip-template.md' : lines.join('\n');
}

function fenced(text: string): string[] {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`{3,}/g), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, text, fence];
}

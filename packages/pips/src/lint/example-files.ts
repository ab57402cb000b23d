import { fileSlugFromTitle } from '../format/file-name.ts';
import { fieldDefinitions } from '../format/front-matter-fields.ts';
import type { ProposalFile } from '../format/proposal.ts';
import { sectionDefinitions } from '../format/proposal-types.ts';
import type { LintOptions } from './lint-subject.ts';
import type { RuleExample } from './rule.ts';

const FAULTLESS = [
  'pip: XXXX',
  'title: Example of an idea',
  'description: What changes for whom, in one sentence',
  'author: Roya (@roya)',
  'status: Draft',
  'type: Standards Track',
  'category: Core',
  'created: 2026-11-01',
];

/** The files and the history that an example stands for; the example itself comes first. */
export function filesFromExample(example: RuleExample): {
  readonly files: readonly ProposalFile[];
  readonly options: LintOptions;
} {
  const path = example.path ?? pathFromFields(example.fields ?? []);
  const text = example.text ?? textFromExample(example);
  const others = (example.others ?? []).map((fields) => ({
    path: pathFromFields(['title: Another', ...fields]),
    text: textFromExample({
      fields: ['title: Another', ...categoryField(fields), ...fields],
      body: '### 1. Part\n\nText.',
    }),
  }));
  const versions = (example.history ?? []).map((line) => {
    const [date = '', status = '', ...rest] = line.split(' ');
    const fields = [...(example.fields ?? []), `status: ${status}`];
    const body = rest.length > 0 ? 'Another text.' : example.body;
    return {
      date,
      status,
      text: textFromExample({ fields, ...(body === undefined ? {} : { body }) }),
    };
  });
  return {
    files: [{ path, text }, ...others],
    options: {
      today: '2026-11-22',
      anchorsOf: (file) => (KNOWN_FILES.has(file) ? [] : undefined),
      history: new Map(versions.length === 0 ? [] : [[path, versions]]),
    },
  };
}

const KNOWN_FILES: ReadonlySet<string> = new Set(['LICENSE.md', 'assets/layers.svg']);

function categoryField(fields: readonly string[]): string[] {
  return fields.some((field) => field.startsWith('category:')) ? [] : ['category: Core'];
}

function pathFromFields(fields: readonly string[]): string {
  const value = (key: string): string =>
    fields.findLast((field) => field.startsWith(`${key}: `))?.slice(key.length + 2) ?? '';
  const pip = /^[0-9]{4}$/.test(value('pip')) ? value('pip') : 'XXXX';
  return `pip-${pip}-${fileSlugFromTitle(value('title') || 'example')}.md`;
}

function textFromExample({ fields = [], body, wholeBody }: RuleExample): string {
  const front = mergeFields(fields);
  return `---\n${front.join('\n')}\n---\n\n${wholeBody ?? sectionsWith(body)}`;
}

/** Puts the fields of an example in the place of those of the same key, others where they belong. */
function mergeFields(fields: readonly string[]): string[] {
  const order = fieldDefinitions.map(({ key }) => key);
  const keyOf = (line: string): string => line.slice(0, line.indexOf(':'));
  const lines = new Map(FAULTLESS.map((line) => [keyOf(line), line]));
  for (const line of fields) lines.set(keyOf(line), line);
  const rank = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length);
  return [...lines]
    .filter(([, line]) => !line.endsWith(': -'))
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .map(([, line]) => line);
}

function sectionsWith(specification = 'Text.'): string {
  return sectionDefinitions
    .map(({ title, guidance }) => {
      const text = { Specification: specification, Copyright: guidance }[title] ?? 'Text.';
      return `## ${title}\n\n${text}\n`;
    })
    .join('\n');
}

import { fieldDefinitions } from './front-matter-fields.ts';
import { parseProposal } from './parse-proposal.ts';
import type { FrontMatter, ProposalFile } from './proposal.ts';
import { sectionDefinitions } from './proposal-types.ts';

/**
 * The text of a new proposal: the fields in their order, and the body of the
 * template if one is given, else every section with what belongs there.
 */
export function draftText(fields: FrontMatter, template?: ProposalFile): string {
  const lines = fieldDefinitions.flatMap(({ key, property }) => {
    const value = fields[property];
    if (value === undefined) return [];
    return typeof value === 'string'
      ? `${key}: ${yamlText(value)}`
      : `${key}: [${value.join(', ')}]`;
  });
  const body = template === undefined ? '' : parseProposal(template).bodyMarkdown.trim();
  return `---\n${lines.join('\n')}\n---\n\n${body === '' ? emptySections() : body}\n`;
}

/**
 * The file's text with other values in fields that it has. Fields that it does
 * not have stay away. Nothing else changes.
 */
export function withFields(file: ProposalFile, values: Readonly<Record<string, string>>): string {
  let text = file.text;
  for (const { key, valueOffset, valueEnd } of parseProposal(file).fields.toReversed()) {
    const value = values[key];
    if (value !== undefined)
      text = text.slice(0, valueOffset) + yamlText(value) + text.slice(valueEnd);
  }
  return text;
}

function emptySections(): string {
  return sectionDefinitions.map(({ title, guidance }) => `## ${title}\n\n${guidance}`).join('\n\n');
}

/** A text as a YAML scalar on one line: plain where every reader takes it for the same text, else quoted. */
function yamlText(value: string): string {
  const oneLine = value.replaceAll(/\s+/g, ' ').trim();
  const isPlain = /^[\p{L}\p{N}(][^\n]*$/u.test(oneLine) && !/: |:$| #/.test(oneLine);
  return isPlain ? oneLine : JSON.stringify(oneLine);
}

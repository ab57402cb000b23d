import type { Token } from 'markdown-it';
import { fieldDefinition, listFromValue } from './front-matter-fields.ts';
import { withoutTrailingSpaces } from './line-end.ts';
import { parseProposal } from './parse-proposal.ts';
import type { ParsedProposal, ProposalFile } from './proposal.ts';

const encoder = new TextEncoder();

/**
 * The bytes that stand for what a proposal says (PIP-7001 §6). Equal for files
 * that differ only in line endings, a byte order mark, blank lines at the ends,
 * spaces at line ends outside code, Unicode normal form, and in order, quoting
 * and list style of the front matter. Different for all others. A file that
 * cannot be parsed has canonical bytes too; they never equal those of one that can.
 */
export function canonicalBytes(file: ProposalFile): Uint8Array {
  const text = file.text
    .replace(/^\ufeff/, '')
    .replaceAll(/\r\n?/g, '\n')
    .toWellFormed()
    .normalize('NFC');
  const proposal = parseProposal({ path: file.path, text });
  if (proposal.problems.length > 0) return encoder.encode(`pars/1 unreadable proposal\n${text}`);
  const fields = canonicalFields(proposal);
  return encoder.encode(`pars/1 proposal\n${fields}\n${canonicalBody(proposal)}`);
}

/** Lower-case hex of the hash of {@link canonicalBytes}; the ledger uses SHA3-256. */
export function contentHash(file: ProposalFile, sha3: (bytes: Uint8Array) => Uint8Array): string {
  return Array.from(sha3(canonicalBytes(file)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
}

/** One line a field, sorted by key; values as JSON; no lists without items. */
function canonicalFields(proposal: ParsedProposal): string {
  return proposal.fields
    .flatMap(({ key, value }) => {
      if (fieldDefinition(key)?.isList !== true) return [[key, value] as const];
      const items = listFromValue(value).toSorted();
      return items.length === 0 ? [] : [[key, items] as const];
    })
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}\n`)
    .toSorted()
    .join('');
}

function canonicalBody(proposal: ParsedProposal): string {
  const lines = proposal.bodyMarkdown.split('\n');
  const keeps = lineEndings(proposal.tokens);
  const kept = lines.map((line, index) => {
    const keep = keeps.get(index);
    if (keep === 'all') return line;
    const bare = withoutTrailingSpaces(line);
    // Two spaces at the end of a line inside a paragraph are a line break.
    return keep === 'break' && bare !== '' && line.endsWith('  ') ? `${bare}  ` : bare;
  });
  const first = kept.findIndex((line) => line !== '');
  const last = kept.findLastIndex((line) => line !== '');
  return first === -1 ? '' : `${kept.slice(first, last + 1).join('\n')}\n`;
}

/** For each line whose end means something: the code lines, and the paragraph lines that others follow. */
function lineEndings(tokens: readonly Token[]): ReadonlyMap<number, 'all' | 'break'> {
  const keeps = new Map<number, 'all' | 'break'>();
  for (const [index, token] of tokens.entries()) {
    if (token.map === null) continue;
    const [from, to] = token.map;
    if (token.type === 'fence' || token.type === 'code_block') {
      const contentFrom = token.type === 'fence' ? from + 1 : from;
      const contentTo = contentFrom + token.content.split('\n').length - 1;
      for (let line = contentFrom; line < contentTo; line += 1) keeps.set(line, 'all');
    } else if (token.type === 'inline' && tokens[index - 1]?.type === 'paragraph_open') {
      const hasCode = token.children?.some(({ type }) => type === 'code_inline') === true;
      for (let line = from; line < to - 1; line += 1) keeps.set(line, hasCode ? 'all' : 'break');
    }
  }
  return keeps;
}

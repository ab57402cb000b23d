import { type ParsedProposal, type ProposalDiff, plainText } from '@pars/pips';
import { visibleText } from '../visible-text.ts';

/** Characters of a line of text. */
const WIDTH = 88;

/** A proposal for reading at a terminal: its fields, then its text without Markdown's marks. */
export function proposalToText(proposal: ParsedProposal): readonly string[] {
  const { fields, tokens } = proposal;
  const width = Math.max(0, ...fields.map(({ key }) => key.length));
  const lines = fields.map(({ key, value }) => {
    const shown = visibleText(typeof value === 'string' ? value : value.join(', '));
    const note = key === 'status' ? ' (what its author claims; not on the ledger yet)' : '';
    return `${visibleText(key).padEnd(width)}  ${shown}${note}`;
  });
  const marks: string[] = [];
  let indent = 0;
  let cells: string[] | undefined;
  for (const [index, token] of tokens.entries()) {
    switch (token.type) {
      case 'heading_open': {
        const title = visibleText(plainText(tokens[index + 1]));
        lines.push(
          '',
          title,
          (token.tag === 'h2' ? '=' : '-').repeat(Math.min([...title].length, WIDTH)),
        );
        break;
      }
      case 'bullet_list_open':
      case 'ordered_list_open':
      case 'blockquote_open':
        if (indent === 0) lines.push('');
        indent += 2;
        break;
      case 'bullet_list_close':
      case 'ordered_list_close':
      case 'blockquote_close':
        indent -= 2;
        break;
      case 'list_item_open':
        marks.push(token.info === '' ? '-' : `${token.info}.`);
        break;
      case 'tr_open':
        cells = [];
        break;
      case 'tr_close':
        lines.push(`  ${(cells ?? []).join(' | ')}`);
        cells = undefined;
        break;
      case 'table_open':
      case 'hr':
        lines.push('');
        break;
      case 'fence':
      case 'code_block':
        lines.push(
          '',
          ...token.content
            .trimEnd()
            .split('\n')
            .map((line) => `    ${visibleText(line)}`),
        );
        break;
      case 'inline': {
        const text = visibleText(plainText(token)).replaceAll(/\s+/g, ' ');
        if (tokens[index - 1]?.type === 'heading_open') break;
        if (cells !== undefined) {
          cells.push(text);
          break;
        }
        const mark = marks.pop();
        if (indent === 0) lines.push('');
        const prefix =
          mark === undefined
            ? ' '.repeat(indent)
            : `${' '.repeat(Math.max(0, indent - 2))}${mark} `;
        lines.push(...wrap(text, prefix, ' '.repeat(Math.max(indent, prefix.length))));
        break;
      }
      default:
    }
  }
  return lines;
}

/** A comparison for a terminal: `-` before, `+` after, changed words in brackets. */
export function diffToText(diff: ProposalDiff): readonly string[] {
  if (diff.isEqual) return ['Both say the same.'];
  const lines = diff.fields.flatMap(({ key, before, after }) => [
    ...(before === undefined ? [] : [`- ${visibleText(key)}: ${visibleText(before)}`]),
    ...(after === undefined ? [] : [`+ ${visibleText(key)}: ${visibleText(after)}`]),
  ]);
  for (const { title, level, change, lines: changed } of diff.sections) {
    const name =
      title === '' ? '(before the first heading)' : `${'#'.repeat(level)} ${visibleText(title)}`;
    lines.push('', change === 'changed' ? name : `${name} (${change})`);
    for (const { kind, pieces } of changed) {
      if (kind === 'skipped') {
        lines.push(`  … ${pieces[0]?.text ?? ''} equal lines`);
        continue;
      }
      const isPartial = pieces.some(({ isChanged }) => !isChanged);
      const text = pieces
        .map(({ text, isChanged }) =>
          isChanged && isPartial && text.trim() !== ''
            ? `[${visibleText(text)}]`
            : visibleText(text),
        )
        .join('');
      lines.push(`${{ same: ' ', added: '+', removed: '-' }[kind]} ${text}`);
    }
  }
  return lines;
}

function wrap(text: string, first: string, rest: string): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

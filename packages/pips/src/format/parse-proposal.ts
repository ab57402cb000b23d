import type { MarkdownIt, Token } from 'markdown-it';
import type { ParseProblem } from '../errors.ts';
import { createProposalMarkdown, plainText } from '../markdown/proposal-markdown.ts';
import { parseFrontMatter } from './front-matter.ts';
import { frontMatterFromFields } from './front-matter-fields.ts';
import type { ParsedProposal, ProposalFile, Section } from './proposal.ts';
import { proposalLimits } from './proposal-limits.ts';

/**
 * Reads a file. Total: any text gives a {@link ParsedProposal}, and what could
 * not be understood is in its `problems`. The cost is bounded by
 * {@link proposalLimits}, which are checked first.
 */
export function parseProposal(file: ProposalFile): ParsedProposal {
  const problem = wholeFileProblem(file.text);
  if (problem !== undefined) return unreadable(file, problem);
  const { fields, bodyOffset, problems } = parseFrontMatter(file.text);
  const frontMatter = frontMatterFromFields(fields);
  const bodyMarkdown = file.text.slice(bodyOffset);
  // Whoever asks for fields only, as of two hundred files, does not wait for the bodies.
  let tokens: readonly Token[] | undefined;
  let sections: readonly Section[] | undefined;
  return {
    file,
    fields,
    frontMatter,
    number: numberFromText(frontMatter.pip),
    bodyMarkdown,
    bodyOffset,
    problems,
    get tokens() {
      markdown ??= createProposalMarkdown();
      tokens ??= markdown.parse(bodyMarkdown, {});
      return tokens;
    },
    get sections() {
      sections ??= sectionsFromTokens(this.tokens, countLines(file.text, bodyOffset));
      return sections;
    },
  };
}

let markdown: MarkdownIt | undefined;

/** The number that four ASCII digits stand for. */
export function numberFromText(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{4}$/.test(text) ? Number(text) : undefined;
}

function wholeFileProblem(text: string): ParseProblem | undefined {
  const whole = { offset: 0, endOffset: 0 };
  // A UTF-16 unit takes one byte at least and three at most.
  if (text.length > proposalLimits.fileBytes || utf8Length(text) > proposalLimits.fileBytes) {
    const message = `The file is larger than ${proposalLimits.fileBytes / 1024} KiB`;
    return { code: 'pips/file-too-large', message, ...whole };
  }
  if (!text.isWellFormed()) {
    return { code: 'pips/not-text', message: 'The file is not UTF-8 text', ...whole };
  }
  return undefined;
}

function utf8Length(text: string): number {
  return text.length * 3 <= proposalLimits.fileBytes ? 0 : new TextEncoder().encode(text).length;
}

function unreadable(file: ProposalFile, problem: ParseProblem): ParsedProposal {
  return {
    file,
    fields: [],
    frontMatter: {},
    number: undefined,
    sections: [],
    bodyMarkdown: '',
    bodyOffset: 0,
    tokens: [],
    problems: [problem],
  };
}

function sectionsFromTokens(tokens: readonly Token[], firstLine: number): Section[] {
  return tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open') return [];
    return {
      title: plainText(tokens[index + 1]).trim(),
      level: Number(token.tag.slice(1)),
      slug: String(token.attrGet('id') ?? ''),
      line: firstLine + (token.map?.[0] ?? 0) + 1,
    };
  });
}

/** Line breaks before an offset, as Markdown counts them. */
function countLines(text: string, end: number): number {
  return text.slice(0, end).match(/\r\n|\r|\n/g)?.length ?? 0;
}

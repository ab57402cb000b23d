import type { MarkdownIt } from 'markdown-it';
import { createProposalMarkdown } from './proposal-markdown.ts';

/**
 * The anchors of the headings of a Markdown text, in their order: those that
 * `createProposalMarkdown` gives them, without the cost of everything else.
 */
export function headingAnchors(text: string): readonly string[] {
  markdown ??= createHeadingMarkdown();
  return markdown
    .parse(text, {})
    .flatMap((token) => (token.type === 'heading_open' ? String(token.attrGet('id') ?? '') : []));
}

let markdown: MarkdownIt | undefined;

/** Of running text it reads only what stands in headings. */
function createHeadingMarkdown(): MarkdownIt {
  const created = createProposalMarkdown();
  created.core.ruler.at('inline', ({ tokens, md, env }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type !== 'inline' || tokens[index - 1]?.type !== 'heading_open') continue;
      md.inline.parse(token.content, md, env, token.children ?? []);
    }
  });
  return created;
}

import { createHash } from 'node:crypto';
import { type CodeHighlighter, createCodeHighlighter } from '../content/code-highlighter.ts';
import { createDiagramRenderer } from '../content/diagram-renderer.ts';
import { readAssets } from '../read-assets.ts';
import { buildSite } from './build-site.ts';
import type { SiteFiles, SiteInput } from './site-model.ts';

/** A proposal that can be read; fields are replaced and added as told. */
export function proposalText(
  fields: Readonly<Record<string, string>> = {},
  body = '## Abstract\n\nWords.\n',
): string {
  const all = {
    pip: '1000',
    title: 'A link',
    description: 'What two nodes say to each other',
    author: 'Pars Founders (@pars)',
    status: 'Draft',
    type: 'Standards Track',
    category: 'Mesh',
    created: '2026-11-22',
    ...fields,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`);
  return `---\n${lines.join('')}---\n\n${body}`;
}

/** Builds a site from the given files alone; everything else of the input can be replaced. */
export async function buildTestSite(
  files: Readonly<Record<string, string>>,
  input: Partial<SiteInput> = {},
): Promise<SiteFiles> {
  await using diagrams = createDiagramRenderer();
  return await buildSite(
    {
      files: new Map(Object.entries(files)),
      pictures: new Map(),
      template: undefined,
      licence: undefined,
      history: 'no-repository',
      assets: await readAssets(),
      base: undefined,
      ...input,
    },
    {
      sha3: (bytes) => createHash('sha3-256').update(bytes).digest(),
      highlighter: await (highlighter ??= createCodeHighlighter()),
      diagrams,
    },
  );
}

/** Grammars are loaded once for all sites of a test. */
let highlighter: Promise<CodeHighlighter> | undefined;

/** The text of a file of the site. */
export function pageOf(files: SiteFiles, path: string): string {
  const text = files.get(path);
  if (typeof text !== 'string') throw new Error(`the site has no page ${path}`);
  return text;
}

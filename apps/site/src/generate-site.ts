import { createHash } from 'node:crypto';
import { createCodeHighlighter } from './content/code-highlighter.ts';
import { createDiagramRenderer } from './content/diagram-renderer.ts';
import { readAssets } from './read-assets.ts';
import { readHistory } from './read-history.ts';
import { type ProposalFolder, readProposalFolder } from './read-input.ts';
import { buildSite } from './site/build-site.ts';
import type { SiteHistory } from './site/site-model.ts';
import type { SiteArguments } from './site-arguments.ts';
import { mayWriteSite, writeSite } from './write-site.ts';

/** Where lines for people go. */
export interface Talk {
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** Reads a folder, builds its site and writes it. Resolves to an exit code: 0, 1 failure, 2 usage. */
export async function generateSite(
  { out, proposals, base }: SiteArguments,
  { say, warn }: Talk,
): Promise<number> {
  const folder = await tryRead(proposals);
  if (folder === undefined) {
    warn(`There is no folder ${proposals} that can be read.`);
    return 2;
  }
  if (!(await mayWriteSite(out))) {
    warn(`${out} holds something that is no site; choose an empty folder with --out.`);
    return 2;
  }
  for (const name of folder.ignored) {
    warn(`Left out ${name}: the name of a proposal is pip-NNNN-title.md or pip-XXXX-title.md.`);
  }
  const history = await readHistory(proposals, [...folder.files.keys()]);
  await using diagrams = createDiagramRenderer();
  const files = await buildSite(
    { ...folder, history, assets: await readAssets(), base },
    {
      sha3: (bytes) => createHash('sha3-256').update(bytes).digest(),
      highlighter: await createCodeHighlighter(),
      diagrams,
    },
  );
  await writeSite(out, files);
  const count = folder.files.size;
  const what = `${count} ${count === 1 ? 'proposal' : 'proposals'}, ${files.size} files`;
  say(`${what}${noteOf(history)}: ${out}/index.html`);
  return 0;
}

function noteOf(history: SiteHistory): string {
  if (history === 'no-repository') return '; history not available';
  return history === 'too-much' ? '; the history is too large to be read' : '';
}

async function tryRead(folder: string): Promise<ProposalFolder | undefined> {
  try {
    return await readProposalFolder(folder);
  } catch {
    return undefined;
  }
}

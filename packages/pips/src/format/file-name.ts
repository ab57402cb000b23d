/** What the name of a file in the folder says. */
export interface ProposalFileName {
  /** `0002`, or `XXXX` for a proposal without a number. */
  readonly pip: string;
  readonly slug: string;
}

/** Longest name of a proposal's file, in characters. */
export const MAX_FILE_NAME_LENGTH = 80;

/** The template is no proposal; the linter and the site leave it alone. */
export const TEMPLATE_FILE_NAME = 'pip-template.md';

/** Reads `pip-NNNN-title.md` or `pip-XXXX-title.md`; `undefined` for every other path. */
export function proposalFileName(path: string): ProposalFileName | undefined {
  const match = /^pip-([0-9]{4}|XXXX)-([a-z0-9]+(?:-[a-z0-9]+)*)\.md$/.exec(path);
  if (match === null || path.length > MAX_FILE_NAME_LENGTH) return undefined;
  const [, pip = '', slug = ''] = match;
  return { pip, slug };
}

/** Whether a path in the folder is meant to be a proposal: `pip-*.md`, but not the template. */
export function isProposalPath(path: string): boolean {
  return /^pip-[^/]*\.md$/i.test(path) && path !== TEMPLATE_FILE_NAME;
}

/** The title part of a file name: `Links between nodes` gives `links-between-nodes`. */
export function fileSlugFromTitle(title: string): string {
  const slug = title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return slug.slice(0, 48).replace(/-+$/, '') || 'proposal';
}

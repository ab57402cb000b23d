import {
  authorsFromText,
  categoryByName,
  contentHash,
  createDependencyGraph,
  type DependencyNode,
  type ParsedProposal,
  parseProposal,
  proposalFileName,
  statusByName,
} from '@pars/pips';
import {
  type ProposalType,
  proposalTypes,
  type ReadableProposal,
  type Reference,
  type UnreadableProposal,
  type UnreadableReason,
} from './site-model.ts';

/** The proposals of a folder, in the order of their numbers and names. */
export interface Collection {
  readonly readable: readonly ReadableProposal[];
  readonly unreadable: readonly UnreadableProposal[];
}

/** Reads every file and links the proposals to each other. Never fails: what breaks the format is kept apart. */
export function readCollection(
  files: ReadonlyMap<string, string>,
  sha3: (bytes: Uint8Array) => Uint8Array,
): Collection {
  const parsed = [...files]
    .filter(([path]) => proposalFileName(path) !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]) => parseProposal({ path, text }));
  const sound = parsed.filter((proposal) => readFacts(proposal).kind === 'facts');
  const graph = createDependencyGraph(sound);
  const readable: ReadableProposal[] = [];
  const unreadable: UnreadableProposal[] = [];
  for (const proposal of parsed) {
    const facts = readFacts(proposal);
    const node = graph.byPath(proposal.file.path);
    const { path, text } = proposal.file;
    if (facts.kind === 'reasons' || node === undefined) {
      const reasons = facts.kind === 'reasons' ? facts.reasons : [];
      unreadable.push({ kind: 'unreadable', fileName: path, slug: slugOf(path), text, reasons });
      continue;
    }
    readable.push({
      kind: 'readable',
      fileName: path,
      slug: slugOf(path),
      ...facts.facts,
      ...referencesOf(node),
      contentHash: contentHash(proposal.file, sha3),
      parsed: proposal,
    });
  }
  return { readable, unreadable };
}

function slugOf(path: string): string {
  return path.replace(/\.md$/, '');
}

type Facts = Pick<
  ReadableProposal,
  | 'number'
  | 'title'
  | 'description'
  | 'authors'
  | 'status'
  | 'type'
  | 'category'
  | 'created'
  | 'language'
  | 'discussion'
>;

type FactsOrReasons =
  | { readonly kind: 'facts'; readonly facts: Facts }
  | { readonly kind: 'reasons'; readonly reasons: readonly UnreadableReason[] };

function readFacts(proposal: ParsedProposal): FactsOrReasons {
  const { frontMatter, file } = proposal;
  const reasons = proposal.problems.map(({ message, offset }) => ({
    message,
    ...placeOf(file.text, offset),
  }));
  const number = proposalFileName(file.path)?.pip;
  const { title = '', description = '', created = '', language = 'en' } = frontMatter;
  const status = statusByName(frontMatter.status ?? '')?.name;
  const type = proposalTypes.find((name) => name === frontMatter.type);
  const category = categoryByName(frontMatter.category ?? '')?.name;
  const authors = authorsFromText(frontMatter.author ?? '');
  const refuse = (key: string, message: string): void => {
    const field = proposal.fields.find((field) => field.key === key);
    reasons.push({
      message: `\`${key}\` ${message}`,
      ...placeOf(file.text, field?.keyOffset ?? 0),
    });
  };
  if (reasons.length === 0) {
    if (frontMatter.pip !== number) refuse('pip', 'is not the number in the name of the file');
    if (title === '') refuse('title', 'is missing');
    if (description === '') refuse('description', 'is missing');
    if (authors === undefined) refuse('author', 'names nobody in the form `Name (@handle)`');
    if (status === undefined) refuse('status', 'is missing or unknown');
    if (type === undefined) refuse('type', 'is missing or unknown');
    if (category === undefined) refuse('category', 'is missing or unknown');
    if (!isDay(created)) refuse('created', 'is no day `YYYY-MM-DD`');
    if (language !== 'en' && language !== 'fa') refuse('language', 'is neither `en` nor `fa`');
  }
  if (
    reasons.length > 0 ||
    number === undefined ||
    authors === undefined ||
    status === undefined ||
    type === undefined ||
    category === undefined
  ) {
    return { kind: 'reasons', reasons };
  }
  const facts: Facts = {
    number,
    title,
    description,
    authors,
    status,
    type: type satisfies ProposalType,
    category,
    created,
    language: language === 'fa' ? 'fa' : 'en',
    discussion: webAddress(frontMatter.discussionsTo),
  };
  return { kind: 'facts', facts };
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Only https: an address that a proposal names is a link that people will follow. */
function webAddress(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' ? href : undefined;
}

function referencesOf(
  node: DependencyNode,
): Pick<ReadableProposal, 'requires' | 'requiredBy' | 'replaces' | 'replacedBy'> {
  const missing = (items: readonly string[] = []): readonly Reference[] =>
    items
      .filter((item) => node.missing.includes(item))
      .map((number) => ({ number, slug: undefined }));
  const { requires, replaces, supersededBy } = node.proposal.frontMatter;
  return {
    requires: [...node.requires.map(referenceTo), ...missing(requires)],
    requiredBy: node.requiredBy.map(referenceTo),
    replaces: [...node.replaces.map(referenceTo), ...missing(replaces)],
    replacedBy: [
      ...node.replacedBy.map(referenceTo),
      ...missing(supersededBy === undefined ? [] : [supersededBy]),
    ],
  };
}

function referenceTo({ file }: ParsedProposal): Reference {
  return { number: proposalFileName(file.path)?.pip ?? '', slug: slugOf(file.path) };
}

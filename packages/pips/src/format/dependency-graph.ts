import { isProposalPath } from './file-name.ts';
import { numberFromText } from './parse-proposal.ts';
import type { ParsedProposal } from './proposal.ts';

/** A proposal with what it stands on and what stands on it, each in order of numbers. */
export interface DependencyNode {
  readonly proposal: ParsedProposal;
  readonly requires: readonly ParsedProposal[];
  readonly requiredBy: readonly ParsedProposal[];
  readonly replaces: readonly ParsedProposal[];
  readonly replacedBy: readonly ParsedProposal[];
  /** Items of `requires`, `replaces` and `superseded-by` that no proposal has as its number. */
  readonly missing: readonly string[];
}

/** How the proposals of a folder depend on each other. */
export interface DependencyGraph {
  readonly nodes: readonly DependencyNode[];
  /** The proposal with this number; the first by path where two claim it. */
  readonly byNumber: (number: number) => DependencyNode | undefined;
  readonly byPath: (path: string) => DependencyNode | undefined;
  /** Circles of `requires`, each in its order; the last requires the first. At least one of every knot. */
  readonly cycles: readonly (readonly ParsedProposal[])[];
}

/** Circles that are named at once; breaking some shows the others. */
const MAX_CYCLES = 100;

/** Links the proposals of one folder. The template is left out. Linear in proposals and references. */
export function createDependencyGraph(all: readonly ParsedProposal[]): DependencyGraph {
  const proposals = all
    .filter(({ file }) => isProposalPath(file.path))
    .toSorted((a, b) => (a.file.path < b.file.path ? -1 : 1));
  const numbered = new Map<number, ParsedProposal>();
  for (const proposal of proposals) {
    if (proposal.number !== undefined && !numbered.has(proposal.number)) {
      numbered.set(proposal.number, proposal);
    }
  }
  const find = (items: readonly string[] = []): ParsedProposal[] =>
    [...new Set(items)].flatMap((item) => numbered.get(numberFromText(item) ?? -1) ?? []);

  const nodes = new Map(proposals.map((proposal) => [proposal, emptyNode(proposal)]));
  for (const node of nodes.values()) {
    const { requires = [], replaces = [], supersededBy } = node.proposal.frontMatter;
    const successors = supersededBy === undefined ? [] : [supersededBy];
    node.requires.push(...find(requires));
    node.replaces.push(...find(replaces));
    for (const other of node.requires) nodes.get(other)?.requiredBy.push(node.proposal);
    for (const other of node.replaces) addOnce(nodes.get(other)?.replacedBy, node.proposal);
    for (const other of find(successors)) addOnce(node.replacedBy, other);
    node.missing.push(
      ...[...requires, ...replaces, ...successors].filter((item) => find([item]).length === 0),
    );
  }
  const byPath = new Map([...nodes.values()].map((node) => [node.proposal.file.path, node]));
  return {
    nodes: [...nodes.values()],
    byNumber: (number) => {
      const proposal = numbered.get(number);
      return proposal === undefined ? undefined : nodes.get(proposal);
    },
    byPath: (path) => byPath.get(path),
    cycles: findCycles(nodes),
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer I)[] ? I[] : T[K] };

function emptyNode(proposal: ParsedProposal): Mutable<DependencyNode> {
  return { proposal, requires: [], requiredBy: [], replaces: [], replacedBy: [], missing: [] };
}

function addOnce<T>(list: T[] | undefined, item: T): void {
  if (list !== undefined && !list.includes(item)) list.push(item);
}

/** Walks from each proposal along `requires`, without recursion; an edge back onto the way is a circle. */
function findCycles(nodes: ReadonlyMap<ParsedProposal, DependencyNode>): ParsedProposal[][] {
  const cycles: ParsedProposal[][] = [];
  const done = new Set<ParsedProposal>();
  for (const start of nodes.keys()) {
    if (cycles.length >= MAX_CYCLES) break;
    const way: { readonly proposal: ParsedProposal; next: number }[] = [];
    const onWay = new Map<ParsedProposal, number>();
    const enter = (proposal: ParsedProposal): void => {
      onWay.set(proposal, way.length);
      way.push({ proposal, next: 0 });
    };
    if (!done.has(start)) enter(start);
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const required = nodes.get(step.proposal)?.requires[step.next];
      step.next += 1;
      if (required === undefined) {
        way.pop();
        onWay.delete(step.proposal);
        done.add(step.proposal);
        continue;
      }
      const position = onWay.get(required);
      if (position !== undefined) {
        if (cycles.length < MAX_CYCLES)
          cycles.push(way.slice(position).map(({ proposal }) => proposal));
      } else if (!done.has(required)) enter(required);
    }
  }
  return cycles;
}

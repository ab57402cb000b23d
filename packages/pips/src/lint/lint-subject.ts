import { createDependencyGraph, type DependencyGraph } from '../format/dependency-graph.ts';
import { type ProposalFileName, proposalFileName } from '../format/file-name.ts';
import type { FrontMatterField, ParsedProposal } from '../format/proposal.ts';
import { headingAnchors } from '../markdown/heading-anchors.ts';
import { type InlineElement, inlineElements } from './inline-elements.ts';
import { createSourceText, type SourceText } from './source-text.ts';

/** A proposal as the rules see it. */
export interface LintSubject {
  readonly proposal: ParsedProposal;
  readonly fileName: ProposalFileName | undefined;
  readonly source: SourceText;
  readonly inline: readonly InlineElement[];
  /** Line of the body's first line in the file, from 0. */
  readonly firstBodyLine: number;
  readonly history: readonly HistoryEntry[];
  /** The first field with this key. */
  readonly field: (key: string) => FrontMatterField | undefined;
}

/** A committed version of a proposal. */
export interface HistoryEntry {
  /** `YYYY-MM-DD`, in UTC. */
  readonly date: string;
  readonly status: string;
  /** The file's text then, where it is known. */
  readonly text?: string;
}

/** What the rules know besides the proposal itself. */
export interface LintFolder {
  readonly graph: DependencyGraph;
  /** The anchors of a proposal, read when they are asked for; `undefined` when there is no such file. */
  readonly proposalAnchors: (path: string) => (() => ReadonlySet<string>) | undefined;
  readonly pathsByNumber: ReadonlyMap<number, readonly string[]>;
  readonly today: string | undefined;
  readonly anchorsOf: LintOptions['anchorsOf'] | undefined;
}

/** What {@link LintFolder} is made from besides the proposals. */
export interface LintOptions {
  /** Earlier versions by path, oldest first, as git has them. Without it, transitions are not checked. */
  readonly history?: ReadonlyMap<string, readonly HistoryEntry[]>;
  /** `YYYY-MM-DD`. Without it, dates may lie in the future. */
  readonly today?: string;
  /**
   * Anchors of a file of the folder that is no proposal, gone through only where a link names one;
   * `undefined` when there is no such file. Without it, only links to proposals are followed.
   */
  readonly anchorsOf?: (path: string) => Iterable<string> | undefined;
  /** Paths of the files to check; the others are only what they refer to. Without it, all are checked. */
  readonly only?: readonly string[];
}

/** Prepares one proposal. */
export function createLintSubject(proposal: ParsedProposal, options: LintOptions): LintSubject {
  const source = createSourceText(proposal.file.text);
  return {
    proposal,
    source,
    fileName: proposalFileName(proposal.file.path),
    inline: inlineElements(proposal.tokens, source, proposal.bodyOffset),
    firstBodyLine: source.lineAt(proposal.bodyOffset),
    history: options.history?.get(proposal.file.path) ?? [],
    field: (key) => proposal.fields.find((field) => field.key === key),
  };
}

/** Prepares what all rules share. */
export function createLintFolder(
  proposals: readonly ParsedProposal[],
  options: LintOptions,
): LintFolder {
  const byPath = new Map(proposals.map((proposal) => [proposal.file.path, proposal]));
  const anchors = new Map<string, ReadonlySet<string>>();
  const pathsByNumber = new Map<number, string[]>();
  for (const { number, file } of proposals) {
    if (number === undefined) continue;
    pathsByNumber.set(number, [...(pathsByNumber.get(number) ?? []), file.path].toSorted());
  }
  return {
    graph: createDependencyGraph(proposals),
    proposalAnchors: (path) => {
      const proposal = byPath.get(path);
      if (proposal === undefined) return undefined;
      return () => {
        const known = anchors.get(path) ?? new Set(slugsOf(proposal, options));
        anchors.set(path, known);
        return known;
      };
    },
    pathsByNumber,
    today: options.today,
    anchorsOf: options.anchorsOf,
  };
}

/** Of a proposal that is only referred to, nothing but the headings is read. */
function slugsOf(proposal: ParsedProposal, { only }: LintOptions): readonly string[] {
  return only === undefined || only.includes(proposal.file.path)
    ? proposal.sections.map(({ slug }) => slug)
    : headingAnchors(proposal.bodyMarkdown);
}

export type { ParseProblem, PipsErrorCode } from './errors.ts';
export { type Author, authorsFromText } from './format/authors.ts';
export { canonicalBytes, contentHash } from './format/canonical.ts';
export {
  type Category,
  type CategoryName,
  categories,
  categoryByName,
  categoryOfNumber,
  numberToText,
} from './format/categories.ts';
export {
  createDependencyGraph,
  type DependencyGraph,
  type DependencyNode,
} from './format/dependency-graph.ts';
export { draftText, withFields } from './format/draft.ts';
export {
  fileSlugFromTitle,
  isProposalPath,
  type ProposalFileName,
  proposalFileName,
  TEMPLATE_FILE_NAME,
} from './format/file-name.ts';
export { type FieldDefinition, fieldDefinitions } from './format/front-matter-fields.ts';
export { parseProposal } from './format/parse-proposal.ts';
export type {
  FrontMatter,
  FrontMatterField,
  ParsedProposal,
  ProposalFile,
  Section,
} from './format/proposal.ts';
export { proposalLimits } from './format/proposal-limits.ts';
export type { FieldChange } from './format/proposal-parts.ts';
export {
  PROPOSAL_TYPES,
  type SectionDefinition,
  sectionDefinitions,
} from './format/proposal-types.ts';
export {
  type DiffLine,
  type DiffPiece,
  diffProposals,
  type ProposalDiff,
  type SectionChange,
} from './format/structural-diff.ts';
export {
  isTransitionAllowed,
  lifecycle,
  type Status,
  type StatusInfo,
  statusByName,
  statuses,
  type Transition,
  transitionBetween,
} from './lifecycle/lifecycle.ts';
export { findingsToSarif, findingsToText } from './lint/findings-report.ts';
export { applyFixes, lintProposals } from './lint/lint-proposals.ts';
export type { HistoryEntry, LintOptions } from './lint/lint-subject.ts';
export type {
  Finding,
  Rule,
  RuleExample,
  RuleGroup,
  Severity,
} from './lint/rule.ts';
export { ruleTableMarkdown, ruleText } from './lint/rule-table.ts';
export { rules } from './lint/rules.ts';
export type { SourceRange, TextEdit } from './lint/source-range.ts';
export { createSlugger, headingSlug, type Slugger } from './markdown/heading-slug.ts';
export { type LinkRefusal, type LinkTarget, linkTarget } from './markdown/link-target.ts';
export {
  createProposalMarkdown,
  type MarkdownOptions,
  plainText,
} from './markdown/proposal-markdown.ts';
export { SAFE_TAGS } from './markdown/safe-html.ts';

export { isProposalPath } from '../format/file-name.ts';
export { parseProposal } from '../format/parse-proposal.ts';
export type { ProposalFile } from '../format/proposal.ts';
export { proposalLimits } from '../format/proposal-limits.ts';
export { headingAnchors } from '../markdown/heading-anchors.ts';
export { findingsToSarif, findingsToText } from './findings-report.ts';
export { applyFixes, lintProposals } from './lint-proposals.ts';
export type { HistoryEntry } from './lint-subject.ts';
export type { Finding } from './rule.ts';

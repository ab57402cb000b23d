import { isProposalPath } from '../format/file-name.ts';
import { parseProposal } from '../format/parse-proposal.ts';
import type { ProposalFile } from '../format/proposal.ts';
import { proposalLimits } from '../format/proposal-limits.ts';
import { createLintFolder, createLintSubject, type LintOptions } from './lint-subject.ts';
import type { Finding } from './rule.ts';
import { rules } from './rules.ts';
import type { TextEdit } from './source-range.ts';

/** Findings of one rule in one file that are told; an author corrects a pattern, not a thousand places. */
const MAX_FINDINGS_PER_RULE = 50;

/**
 * Checks the proposals of one folder together: all that they refer to each other
 * must be among `files`. Files that are no proposals and the template are passed
 * over. Total, and bounded by `proposalLimits` per file. Findings are in the
 * order of paths, lines and columns.
 */
export function lintProposals(
  files: readonly ProposalFile[],
  options: LintOptions = {},
): readonly Finding[] {
  const proposals = files
    .filter(({ path }) => isProposalPath(path))
    .slice(0, proposalLimits.files)
    .map(parseProposal);
  const folder = createLintFolder(proposals, options);
  const { only } = options;
  return proposals
    .filter(({ file }) => only === undefined || only.includes(file.path))
    .toSorted((a, b) => (a.file.path < b.file.path ? -1 : 1))
    .flatMap((proposal) => {
      const subject = createLintSubject(proposal, options);
      const findings: Finding[] = [];
      for (const rule of rules) {
        let count = 0;
        rule.check(
          subject,
          ({ offset, endOffset }, message, fix) => {
            count += 1;
            if (count > MAX_FINDINGS_PER_RULE) return;
            const start = subject.source.positionAt(offset);
            const end = subject.source.positionAt(Math.max(offset, endOffset));
            findings.push({
              ruleId: rule.id,
              severity: rule.severity,
              path: proposal.file.path,
              line: start.line,
              column: start.column,
              endLine: end.line,
              endColumn: end.column,
              message,
              ...(fix === undefined ? {} : { fix }),
            });
          },
          folder,
        );
      }
      return findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
    });
}

/**
 * The file's text with the fixes of its findings applied. Where two fixes touch
 * the same place the first one wins: lint again to see what is left.
 */
export function applyFixes(file: ProposalFile, findings: readonly Finding[]): string {
  const taken: TextEdit[] = [];
  for (const { path, fix = [] } of findings) {
    if (path !== file.path || fix.some((edit) => taken.some((other) => overlap(edit, other)))) {
      continue;
    }
    taken.push(...fix);
  }
  let text = '';
  let end = 0;
  for (const edit of taken.toSorted((a, b) => a.offset - b.offset)) {
    text += file.text.slice(end, edit.offset) + edit.replacement;
    end = edit.endOffset;
  }
  return text + file.text.slice(end);
}

/** Edits that touch end to end do not disturb each other; two at one place do. */
function overlap(a: TextEdit, b: TextEdit): boolean {
  return a.offset === b.offset || (a.offset < b.endOffset && b.offset < a.endOffset);
}

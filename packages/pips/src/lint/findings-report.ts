import type { ProposalFile } from '../format/proposal.ts';
import type { Finding } from './rule.ts';
import { rules } from './rules.ts';
import { createSourceText } from './source-text.ts';

/**
 * Findings for a terminal: place, message, the line with a mark under it, one
 * blank line between findings. Control characters of the file are replaced.
 */
export function findingsToText(
  findings: readonly Finding[],
  files: readonly ProposalFile[] = [],
): readonly string[] {
  const textByPath = new Map(files.map(({ path, text }) => [path, createSourceText(text)]));
  return findings.flatMap(
    ({ path, line, column, endLine, endColumn, severity, ruleId, message, fix }) => {
      const head = `${visible(path)}:${line}:${column} ${severity} ${message} [${ruleId}]${fix === undefined ? '' : ' (--fix)'}`;
      const source = textByPath.get(path);
      if (source === undefined) return [head];
      const [start, end] = [source.lineStart(line - 1), source.lineEnd(line - 1)];
      // A window around the place, so that a long line does not fill the screen.
      const from = Math.max(0, column - 1 - EXCERPT_BEFORE);
      const whole = source.text.slice(start, end);
      const excerpt = visible(whole.slice(from, from + EXCERPT_LENGTH));
      const length = endLine > line ? excerpt.length : endColumn - column;
      const indent = Math.min(column - 1 - from, excerpt.length);
      const mark = '^'.repeat(Math.max(1, Math.min(length, excerpt.length - indent)));
      return [head, `    ${excerpt}`, `    ${' '.repeat(indent)}${mark}`];
    },
  );
}

/** Characters of a line that are shown, and how many of them before the place. */
const EXCERPT_LENGTH = 96;
const EXCERPT_BEFORE = 40;

/** The same number of UTF-16 units, without what would steer a terminal. */
function visible(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/**
 * Findings as a SARIF 2.1.0 log, for editors and code hosts. `baseUri` names the
 * folder of the proposals relative to what the reader takes for the root.
 */
export function findingsToSarif(findings: readonly Finding[], baseUri = ''): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        columnKind: 'utf16CodeUnits',
        tool: {
          driver: {
            name: 'pars pip lint',
            rules: rules.map(({ id, severity, explanation, group }) => ({
              id,
              shortDescription: { text: explanation.split('. ')[0] ?? explanation },
              fullDescription: { text: explanation },
              defaultConfiguration: { level: severity },
              properties: { group },
            })),
          },
        },
        results: findings.map((finding) => resultOf(finding, baseUri)),
      },
    ],
  };
}

const INDEX_BY_RULE: ReadonlyMap<string, number> = new Map(
  rules.map(({ id }, index) => [id, index]),
);

function resultOf(finding: Finding, baseUri: string): object {
  const { ruleId, severity, message, path, fix } = finding;
  const artifactLocation = { uri: baseUri + path.split('/').map(encodeURIComponent).join('/') };
  return {
    ruleId,
    ruleIndex: INDEX_BY_RULE.get(ruleId) ?? -1,
    level: severity,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation,
          region: {
            startLine: finding.line,
            startColumn: finding.column,
            endLine: finding.endLine,
            endColumn: finding.endColumn,
          },
        },
      },
    ],
    ...(fix === undefined
      ? {}
      : {
          fixes: [
            {
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: fix.map(({ offset, endOffset, replacement }) => ({
                    deletedRegion: { charOffset: offset, charLength: endOffset - offset },
                    insertedContent: { text: replacement },
                  })),
                },
              ],
            },
          ],
        }),
  };
}

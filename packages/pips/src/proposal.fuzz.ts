import { ParsError } from '@pars/base';
import type { FuzzTarget } from '@pars/base/conformance';
import { canonicalBytes } from './format/canonical.ts';
import { parseProposal } from './format/parse-proposal.ts';
import { diffProposals } from './format/structural-diff.ts';
import { filesFromExample } from './lint/example-files.ts';
import { findingsToSarif, findingsToText } from './lint/findings-report.ts';
import { applyFixes, lintProposals } from './lint/lint-proposals.ts';
import { rules } from './lint/rules.ts';
import { createProposalMarkdown } from './markdown/proposal-markdown.ts';

const PATH = 'pip-0042-fuzzed.md';
const OTHER = filesFromExample({ fields: ['pip: 0043'] }).files;
const markdown = createProposalMarkdown();

/** The bad examples of all rules, but for the very large ones, are where hostile inputs begin. */
async function corpus(): Promise<readonly Uint8Array[]> {
  return rules
    .flatMap(({ bad }) => filesFromExample(bad).files.slice(0, 1))
    .filter(({ text }) => text.length < 10_000)
    .map(({ text }) => new TextEncoder().encode(text));
}

/** Any text gives a parse, findings, bytes and harmless HTML. */
export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'pips/lint',
    corpus,
    run(input) {
      const file = { path: PATH, text: new TextDecoder().decode(input) };
      const findings = lintProposals([file, ...OTHER], {
        today: '2026-11-22',
        anchorsOf: () => undefined,
        history: new Map([[PATH, [{ date: '2026-11-01', status: 'Draft', text: file.text }]]]),
      });
      for (const { line, column, endLine, endColumn, message } of findings) {
        const isOrdered = line < endLine || (line === endLine && column <= endColumn);
        if (line < 1 || column < 1 || !isOrdered || message === '') {
          throw new ParsError('base/does-not-conform', { expectation: 'a place and a message' });
        }
      }
      findingsToText(findings, [file]);
      JSON.stringify(findingsToSarif(findings));
      lintProposals([{ ...file, text: applyFixes(file, findings) }]);
    },
  },
  {
    name: 'pips/canonical',
    corpus,
    run(input) {
      const file = { path: PATH, text: new TextDecoder().decode(input) };
      canonicalBytes(file);
      const [other] = OTHER;
      if (other !== undefined) diffProposals(parseProposal(file), parseProposal(other));
    },
  },
  {
    name: 'pips/html',
    corpus,
    run(input) {
      const html = markdown.render(
        parseProposal({ path: PATH, text: new TextDecoder().decode(input) }).bodyMarkdown,
      );
      // Every tag is one that Markdown makes, and no address leads to code or elsewhere.
      const tags = html.matchAll(
        /<\/?([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<]*")?)*)\s*>|<(?!\/?[a-z])|<[^>]*$/g,
      );
      for (const [tag, name = '', attributes = ''] of tags) {
        if (!TAGS.has(name))
          throw new ParsError('base/does-not-conform', { expectation: `no ${tag}` });
        if (
          /\son\w+=|\s(?:href|src)="\s*(?!https?:|mailto:)[a-z][a-z0-9+.-]*:|src="(?:https?:)?\/\//i.test(
            attributes,
          )
        ) {
          throw new ParsError('base/does-not-conform', { expectation: 'no address of that kind' });
        }
      }
    },
  },
];

const TAGS: ReadonlySet<string> = new Set(
  'p h1 h2 h3 h4 h5 h6 a em strong code pre ul ol li blockquote hr br img table thead tbody tr th td bdi kbd sub sup'.split(
    ' ',
  ),
);

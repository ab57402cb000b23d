import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isProposalPath } from '../format/file-name.ts';
import { parseProposal } from '../format/parse-proposal.ts';
import { sectionDefinitions } from '../format/proposal-types.ts';
import { createProposalMarkdown } from '../markdown/proposal-markdown.ts';
import { findingsToText } from './findings-report.ts';
import { lintProposals } from './lint-proposals.ts';
import { ruleTableMarkdown } from './rule-table.ts';

const FOLDER = join(import.meta.dirname, '../../../../PIPs');
const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.md'))
  .map((path) => ({ path, text: readFileSync(join(FOLDER, path), 'utf8') }));

describe("the project's own proposals", () => {
  test('have no findings, not even warnings', () => {
    const markdown = createProposalMarkdown();
    const findings = lintProposals(files, {
      today: new Date().toISOString().slice(0, 10),
      anchorsOf: (path) => {
        const file = files.find((other) => other.path === path);
        if (file === undefined) return undefined;
        return markdown.parse(file.text, {}).map((token) => String(token.attrGet('id') ?? ''));
      },
    });
    assert.equal(findingsToText(findings, files).join('\n'), '');
    assert.ok(files.filter(({ path }) => isProposalPath(path)).length >= 11);
  });

  test('begin with a template that is faultless but for what has to be written', () => {
    const template = files.find(({ path }) => path === 'pip-template.md');
    assert.ok(template);
    const file = { path: 'pip-XXXX-from-template.md', text: template.text };
    const found = lintProposals([...files, file]).filter(({ path }) => path === file.path);
    assert.deepEqual(
      found.map(({ ruleId }) => ruleId),
      // Not the copyright, which stays, nor the specification, whose first words stay.
      sectionDefinitions.slice(2).map(() => 'section-template'),
    );
    assert.equal(parseProposal(file).number, undefined);
  });

  test('are listed with the rules in the current rules.md', () => {
    const written = files.find(({ path }) => path === 'rules.md')?.text;
    const isCurrent = written === ruleTableMarkdown();
    assert.ok(isCurrent, 'PIPs/rules.md is old: node apps/pars/bin/pars.mjs pip rules --markdown');
  });
});

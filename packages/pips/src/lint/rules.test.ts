import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filesFromExample } from './example-files.ts';
import { applyFixes, lintProposals } from './lint-proposals.ts';
import type { Finding, RuleExample } from './rule.ts';
import { rules } from './rules.ts';

describe('every rule', () => {
  for (const rule of rules) {
    describe(rule.id, () => {
      test('finds its bad example', () => {
        const findings = lintExample(rule.bad);
        assert.ok(
          findings.some(({ ruleId }) => ruleId === rule.id),
          `found only ${findings.map(({ ruleId }) => ruleId).join()}`,
        );
        for (const { severity, message } of findings.filter(({ ruleId }) => ruleId === rule.id)) {
          assert.equal(severity, rule.severity);
          assert.ok(message.length > 5 && message.length < 600);
          assert.doesNotMatch(message, /[\u0000-\u001f\u202e]/);
        }
      });

      test('has nothing against its good example, nor has any other', () => {
        // Examples that are less than a proposal show only their own rule.
        const isWhole =
          rule.good.wholeBody === undefined || rule.good.wholeBody.includes('## Copyright');
        const findings = lintExample(rule.good).filter(
          ({ ruleId }) => isWhole || ruleId === rule.id,
        );
        assert.deepEqual(findings, []);
      });

      test('fixes what it says it fixes', () => {
        const { files, options } = filesFromExample(rule.bad);
        const [file, ...others] = files;
        assert.ok(file);
        const own = lintProposals(files, options).filter(
          ({ ruleId, path }) => ruleId === rule.id && path === file.path,
        );
        if (rule.isFixable) assert.ok(own.every(({ fix }) => fix !== undefined));
        if (!own.every(({ fix }) => fix !== undefined)) return;
        const fixed = { path: file.path, text: applyFixes(file, own) };
        const left = lintProposals([fixed, ...others], options);
        assert.deepEqual(
          left.filter(({ ruleId, path }) => ruleId === rule.id && path === file.path),
          [],
        );
      });
    });
  }

  test('has an id that is used once, in kebab case', () => {
    const ids = rules.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z]+(-[a-z]+)+$/);
  });
});

function lintExample(example: RuleExample): readonly Finding[] {
  const { files, options } = filesFromExample(example);
  return lintProposals(files, options).filter(({ path }) => path === files[0]?.path);
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filesFromExample } from './example-files.ts';
import { findingsToSarif, findingsToText } from './findings-report.ts';
import { lintProposals } from './lint-proposals.ts';
import type { Finding } from './rule.ts';
import { rules } from './rules.ts';

const PATH = 'pip-0042-example.md';
const VOTING = ['pip: 0042', 'status: Voting'];
const stepsOf = (
  history: readonly (readonly [date: string, status: string, body: string])[],
): readonly string[] => {
  const textOf = (status: string, body: string): string =>
    filesFromExample({ path: PATH, fields: ['pip: 0042', `status: ${status}`], body }).files[0]
      ?.text ?? '';
  const versions = history.map(([date, status, body]) => ({
    date,
    status,
    text: textOf(status, body),
  }));
  const text = versions.at(-1)?.text ?? '';
  return lintProposals([{ path: PATH, text }], {
    today: '2026-11-22',
    history: new Map([[PATH, versions]]),
  }).map(({ ruleId }) => ruleId);
};

describe('the history', () => {
  test('a change in Review begins the seven days anew; one of spaces does not', () => {
    const early = [
      ['2026-11-01', 'Draft', 'One.'],
      ['2026-11-02', 'Review', 'One.'],
    ] as const;
    const vote = (body: string) => ['2026-11-10', 'Voting', body] as const;
    assert.deepEqual(stepsOf([...early, vote('One.')]), []);
    assert.deepEqual(stepsOf([...early, ['2026-11-08', 'Review', 'Two.'], vote('Two.')]), [
      'status-transition',
    ]);
    assert.deepEqual(stepsOf([...early, ['2026-11-08', 'Review', 'One. '], vote('One.')]), []);
  });

  test('no step can be skipped, and nothing begins later than a draft', () => {
    assert.deepEqual(
      stepsOf([
        ['2026-01-01', 'Draft', 'A'],
        ['2026-03-01', 'Voting', 'A'],
      ]),
      ['status-transition'],
    );
    assert.deepEqual(stepsOf([['2026-01-01', 'Review', 'A']]), ['status-transition']);
    assert.deepEqual(
      stepsOf([
        ['2026-01-01', 'Draft', 'A'],
        ['2026-01-02', 'Withdrawn', 'A'],
        ['2026-01-03', 'Draft', 'A'],
      ]),
      ['status-transition'],
    );
  });
});

describe('places', () => {
  const placesOf = (body: string, ruleId: string): readonly string[] => {
    const [file] = filesFromExample({ body }).files;
    assert.ok(file);
    const lines = file.text.split('\n');
    return lintProposals([file])
      .filter((finding) => finding.ruleId === ruleId)
      .map(({ line, column, endColumn }) =>
        (lines[line - 1] ?? '').slice(column - 1, endColumn - 1),
      );
  };

  test('name the exact piece, wherever it stands', () => {
    assert.deepEqual(
      placesOf('A **bold** word, `code` and [x](javascript:y) here.', 'link-unsafe'),
      ['[x](javascript:y)'],
    );
    assert.deepEqual(
      placesOf('| a | b |\n|---|---|\n| one | see PIP 42 |\n| PIP 43 | x |', 'mention-form'),
      ['PIP 42', 'PIP 43'],
    );
    assert.deepEqual(
      placesOf('> - quoted *and* listed <b>tag</b>\n>   next PIP 7 line', 'mention-form'),
      ['PIP 7'],
    );
    assert.deepEqual(placesOf('> - quoted <b>tag</b>', 'html-tag'), ['<b>', '</b>']);
    assert.deepEqual(placesOf('Escaped \\* and &amp; then PIP 42.', 'mention-form'), ['PIP 42']);
    assert.deepEqual(placesOf('A ![x](https://e.example/i.png "title") image', 'image-remote'), [
      '![x](https://e.example/i.png "title")',
    ]);
  });

  test('in a file with CR LF are the same', () => {
    const [file] = filesFromExample({ body: 'A line.\nSee PIP 42.' }).files;
    assert.ok(file);
    const place = (text: string): string[] =>
      lintProposals([{ ...file, text }])
        .filter(({ ruleId }) => ruleId === 'mention-form')
        .map(({ line, column, endColumn }) => `${line}:${column}:${endColumn}`);
    assert.deepEqual(place(file.text.replaceAll('\n', '\r\n')), place(file.text));
  });
});

describe('reports', () => {
  const { files } = filesFromExample({ body: 'Send \u001b[31mred\u202e text to <b>all</b>.' });
  const findings = lintProposals(files);

  test('text shows the line with a mark under it, and cannot steer a terminal', () => {
    const text = findingsToText(findings, files).join('\n');
    assert.doesNotMatch(text, /[\u001b\u202e]/);
    assert.match(
      text,
      /pip-XXXX-example\.md:\d+:\d+ error .*\[html-tag\]\n.*<b>all<\/b>.*\n +\^\^\^$/m,
    );
  });

  test('SARIF names every rule and a place for every result', () => {
    const log = JSON.parse(JSON.stringify(findingsToSarif(findings, 'PIPs/'))) as {
      runs: {
        tool: { driver: { rules: { id: string }[] } };
        results: {
          ruleId: string;
          ruleIndex: number;
          locations: {
            physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } };
          }[];
        }[];
      }[];
    };
    const [run] = log.runs;
    assert.equal(run?.tool.driver.rules.length, rules.length);
    assert.equal(run?.results.length, findings.length);
    for (const { ruleId, ruleIndex, locations } of run?.results ?? []) {
      assert.equal(rules[ruleIndex]?.id, ruleId);
      assert.equal(locations[0]?.physicalLocation.artifactLocation.uri, 'PIPs/pip-XXXX-example.md');
    }
  });

  test('a pattern is told fifty times, not a thousand', () => {
    const many = lintProposals(filesFromExample({ body: '<b>x</b> '.repeat(1000) }).files);
    assert.equal(many.filter(({ ruleId }: Finding) => ruleId === 'html-tag').length, 50);
  });

  test('only the files that were asked for are checked, against all others', () => {
    const [good] = filesFromExample({ path: PATH, fields: VOTING }).files;
    assert.ok(good && files[0]);
    const found = lintProposals([good, files[0]], { only: [PATH] });
    assert.ok(found.every(({ path }) => path === PATH));
  });
});

import type { Benchmark, BenchRow } from '@pars/base/bench';
import { canonicalBytes } from './format/canonical.ts';
import { parseProposal } from './format/parse-proposal.ts';
import type { ProposalFile } from './format/proposal.ts';
import { filesFromExample } from './lint/example-files.ts';
import { lintProposals } from './lint/lint-proposals.ts';

const COUNT = 200;

/** Two hundred proposals of eight kilobytes that require, mention and cite each other. */
function corpus(): readonly ProposalFile[] {
  return Array.from({ length: COUNT }, (_, index) => {
    const number = (value: number): string =>
      `${(value / 25) | 0}${(value % 25).toString().padStart(3, '0')}`;
    const before = number(Math.max(0, index - 1));
    const category = [
      'Core',
      'Mesh',
      'Crypto',
      'Security',
      'Clients',
      'Sessions',
      'Bridges',
      'Governance',
    ][(index / 25) | 0];
    const part = (at: number): string =>
      [
        `### ${at}. Part ${at}`,
        `It builds on ${at === 1 && index > 0 ? `[PIP-${before}](pip-${before}-example.md)` : 'what is said above'}: *nodes* send \`frames\` of 1,024 bytes. ${'Every node keeps what it was given until it was asked to forget. '.repeat(6)}`,
        '| field | bytes | meaning |\n|---|---|---|\n| version | 1 | always 1 |\n| length | 4 | of what follows |',
        `- one\n- two with [a link](#${at}-part-${at})\n\n\`\`\`text\nsend frame\nwait\n\`\`\``,
      ].join('\n\n');
    const body = Array.from({ length: 11 }, (_, at) => part(at + 1)).join('\n\n');
    const fields = [
      `pip: ${number(index)}`,
      `category: ${category}`,
      ...(index > 0 ? [`requires: [${before}]`] : []),
    ];
    const [file] = filesFromExample({ fields, body: body.replaceAll(/ +$/gm, '') }).files;
    return file ?? { path: '', text: '' };
  });
}

async function measure(
  name: string,
  atMostMs: number,
  work: (files: readonly ProposalFile[]) => unknown,
): Promise<BenchRow> {
  const files = corpus();
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    work(files);
    times.push(performance.now() - start);
  }
  // The first round is cold, as from the shell, and counts like the others.
  const value = times.toSorted((a, b) => a - b)[2] ?? Number.NaN;
  return { name, value, unit: 'ms', target: { of: 'value', atMost: atMostMs } };
}

/** Costs of a folder of two hundred proposals. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'pips/folder-of-200',
    run: async () => [
      await measure('pips/lint-200', 1000, (files) => {
        const findings = lintProposals(files, { today: '2026-11-22' });
        if (findings.length > 0) throw new Error(JSON.stringify(findings[0]));
      }),
      await measure('pips/lint-1-of-200', 150, (files) =>
        lintProposals(files, { only: files.slice(100, 101).map(({ path }) => path) }),
      ),
      await measure('pips/parse-200', 1000, (files) =>
        files.map((file) => parseProposal(file).tokens),
      ),
      await measure('pips/canonical-200', 1000, (files) => files.map(canonicalBytes)),
    ],
  },
];

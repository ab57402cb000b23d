/** One file of a made-up collection of proposals. */
export interface CorpusFile {
  readonly name: string;
  readonly text: string;
}

const CATEGORIES = [
  'Core',
  'Mesh',
  'Crypto',
  'Security',
  'Clients',
  'Sessions',
  'Bridges',
  'Governance',
] as const;

const WORDS =
  'relay parcel mailbox frontier vertex epoch ratchet prekey link carrier quorum timelock stake bundle stick radio island partition witness signature envelope shard postage beacon tunnel vault duress guardian committee finality'.split(
    ' ',
  );

/**
 * As many proposals as asked for, all readable, about 9 kB each, spread over the
 * categories, each requiring an earlier one. The same count gives the same texts.
 */
export function createCorpus(count: number): readonly CorpusFile[] {
  const random = createSequence(20_261_122);
  const names = Array.from({ length: count }, (_, index) => corpusName(index));
  return names.map((name, index) => ({ name, text: corpusText(index, names, random) }));
}

function corpusName(index: number): string {
  return `pip-${corpusNumber(index)}-${WORDS[index % WORDS.length]}-${index}.md`;
}

function corpusNumber(index: number): string {
  return String((index % 8) * 1000 + Math.floor(index / 8)).padStart(4, '0');
}

function corpusText(index: number, names: readonly string[], random: () => number): string {
  const sentence = (length: number): string => {
    const words = Array.from({ length }, (_, position) =>
      position % 2 === 0 ? (WORDS[random() % WORDS.length] ?? '') : rareWord(random),
    );
    return `The ${words.join(' ')} ${random() % 1000}.`;
  };
  const paragraph = (): string => Array.from({ length: 6 }, () => sentence(11)).join(' ');
  const required = index < 8 ? '[]' : `[${corpusNumber(index - 8)}]`;
  const link = index < 8 ? '' : ` See [PIP-${corpusNumber(index - 8)}](${names[index - 8]}).`;
  const section = (title: string): string => `## ${title}\n\n${paragraph()}\n`;
  return [
    `---\npip: ${corpusNumber(index)}\ntitle: Proposal ${index} on the ${WORDS[index % WORDS.length]}`,
    `description: What a node does with the ${WORDS[(index * 7) % WORDS.length]} of another node`,
    `author: Pars Founders (@pars)\nstatus: ${index % 3 === 0 ? 'Review' : 'Draft'}`,
    `type: Standards Track\ncategory: ${CATEGORIES[index % 8]}\ncreated: 2026-11-22\nrequires: ${required}\n---\n`,
    `## Abstract\n\n${paragraph()}${link}\n`,
    section('Motivation'),
    '## Specification\n',
    `### 1. Layout\n\n${paragraph()}\n\n| offset | length | field |\n|---|---|---|\n${tableRows(random)}\n`,
    `### 2. Steps\n\n${paragraph()}\n\n\`\`\`ts\n${codeLines(random)}\n\`\`\`\n`,
    `### 3. Messages\n\n${paragraph()}\n\n\`\`\`json\n{ "kind": "${WORDS[random() % WORDS.length]}", "size": ${random() % 9000}, "hops": [1, 2, 3] }\n\`\`\`\n\n1. ${sentence(9)}\n2. ${sentence(9)}\n3. ${sentence(9)}\n`,
    `### 4. Limits\n\n${paragraph()}\n\n${paragraph()}\n`,
    section('Rationale'),
    section('Backwards Compatibility'),
    section('Test Cases'),
    section('Reference Implementation'),
    `## Security Considerations\n\n${paragraph()}\n\n${paragraph()}\n`,
    '## Copyright\n\nCopyright and related rights waived via [CC0](LICENSE.md).\n',
  ].join('\n');
}

/** One of some 20,000 words, as a real collection has them: searching costs by the words that exist. */
function rareWord(random: () => number): string {
  const count = 1 + (random() % 3);
  return Array.from({ length: count }, () => SYLLABLES[random() % SYLLABLES.length] ?? '').join('');
}

const SYLLABLES =
  'ra tel mon sik bar pul dez kan vor lim gast ne fro hul ist wen cor da mir ost pa quil sed tur ves zan'.split(
    ' ',
  );

function tableRows(random: () => number): string {
  return Array.from(
    { length: 6 },
    (_, row) => `| ${row * 8} | ${1 + (random() % 8)} | ${WORDS[random() % WORDS.length]} |`,
  ).join('\n');
}

function codeLines(random: () => number): string {
  return Array.from(
    { length: 12 },
    (_, line) =>
      `const ${WORDS[random() % WORDS.length]}${line}: number = read(${random() % 99}); // ${WORDS[random() % WORDS.length]}`,
  ).join('\n');
}

/** A linear congruential sequence: enough to make texts differ, and the same on every machine. */
function createSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 8;
  };
}

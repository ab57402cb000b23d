/** The values of the field `type`. */
export const PROPOSAL_TYPES: readonly string[] = ['Standards Track', 'Informational', 'Process'];

/** A section of level 2. */
export interface SectionDefinition {
  readonly title: string;
  /** What belongs there, in the words of the template. */
  readonly guidance: string;
}

/** All sections of level 2 in their order; none is missing and there are no others (PIP-7001 §3). */
export const sectionDefinitions: readonly SectionDefinition[] = (
  [
    ['Abstract', 'What this proposal changes, in one paragraph that stands on its own.'],
    ['Motivation', 'Which problem of which person it solves, and why what exists today does not.'],
    [
      'Specification',
      'Everything that an independent implementation needs, in numbered subsections, so that code can cite them (`PIP-XXXX §2`). Byte layouts are tables with offsets or lengths. The words MUST, MUST NOT, SHOULD and MAY have the meaning of RFC 2119 when they are in capitals. The first mention of another proposal is a link to its file, and a code fence names its language.',
    ],
    [
      'Rationale',
      'Why it is done this way, which other ways were tried or measured, and what was given up.',
    ],
    [
      'Backwards Compatibility',
      'What stops working, for whom, and how they move on. "None" is an answer, with its reason.',
    ],
    ['Test Cases', 'Where the frozen vectors and the tests are, and what they cover.'],
    ['Reference Implementation', 'Where the code is, and what is not built yet.'],
    [
      'Security Considerations',
      'Per adversary (a stranger, a relay, a hostile member, a thief with the disk, a coercer with the person, someone who records today and has a quantum computer later): what they can do now, and what is not protected.',
    ],
    ['Copyright', 'Copyright and related rights waived via [CC0](LICENSE.md).'],
  ] as const
).map(([title, guidance]) => ({ title, guidance }));

/** The values of the field `type`. */
export const PROPOSAL_TYPES: readonly string[] = ['Standards Track', 'Informational', 'Process'];

/** A section of level 2. */
export interface SectionDefinition {
  readonly title: string;
  /** What belongs there, for who writes one. */
  readonly guidance: string;
}

/** All sections of level 2 in their order; none is missing and there are no others (PIP-7001 §3). */
export const sectionDefinitions: readonly SectionDefinition[] = (
  [
    ['Abstract', 'What this proposal changes, in one paragraph that stands on its own.'],
    ['Motivation', 'Which problem of which person it solves, and why what exists does not.'],
    ['Specification', 'Everything that an independent implementation needs, in numbered parts.'],
    ['Rationale', 'Why this way, which others were tried, and what was given up.'],
    ['Backwards Compatibility', 'What stops working, for whom, and how they move on.'],
    ['Test Cases', 'Where the vectors and tests are, and what they cover.'],
    ['Reference Implementation', 'Where the code is.'],
    ['Security Considerations', 'Per adversary: what they can do now, and what is not protected.'],
    ['Copyright', 'Copyright and related rights waived via [CC0](LICENSE.md).'],
  ] as const
).map(([title, guidance]) => ({ title, guidance }));

/** Bounds of everything that an author can make large. Checked before the costly work (PIP-7001 §3). */
export const proposalLimits = {
  /** A file, in bytes of UTF-8. Larger files are not parsed. */
  fileBytes: 262_144,
  /** The front matter, in UTF-16 units, without its two lines `---`. */
  frontMatterLength: 8_192,
  /** Depth of quotes and lists in each other. What is deeper is not shown. */
  nesting: 20,
  /** Cells of one table. */
  tableCells: 4_000,
  /** A line of the body, in characters. */
  lineLength: 4_000,
  /** Files of a folder that are looked at together. */
  files: 10_000,
} as const;

/** Gives each heading of one document its own anchor; call it in the order of the document. */
export type Slugger = (title: string) => string;

/** Longest anchor, in characters. */
const MAX_SLUG_LENGTH = 96;

/**
 * Anchors as authors know them: lower case, letters and digits of every script
 * and `-`; a title that comes again gets `-1`, `-2`.
 */
export function createSlugger(): Slugger {
  const taken = new Map<string, number>();
  return (title) => {
    const base = headingSlug(title);
    let slug = base;
    for (let count = taken.get(base) ?? 0; taken.has(slug); ) {
      count += 1;
      slug = `${base}-${count}`;
      taken.set(base, count);
    }
    taken.set(slug, taken.get(slug) ?? 0);
    return slug;
  };
}

/** The anchor of a title that comes once; `section` when nothing of the title can be used. */
export function headingSlug(title: string): string {
  const slug = title
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\u200c _-]/gu, '')
    .trim()
    .replaceAll(/[ \u200c]/g, '-');
  const cut = Array.from(slug.slice(0, MAX_SLUG_LENGTH))
    .join('')
    .replace(/[\ud800-\udbff]$/, '');
  return cut === '' ? 'section' : cut;
}

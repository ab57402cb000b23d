/**
 * Folds text for searching, so that what a person types finds what another
 * person typed on another keyboard. Fold both sides; never show the result.
 *
 * What it does, in order:
 * 1. NFKD: presentation forms, ligatures and full-width letters become plain
 *    letters, and hamza, madda and accents become marks of their own.
 * 2. Removes what does not make a word another word to a searcher: invisible
 *    characters (ZWNJ, ZWJ, bidi controls, soft hyphen, variation selectors),
 *    tatweel, harakat and Koranic marks, hamza (also standing alone), Latin,
 *    Greek and Cyrillic accents.
 * 3. Maps letters to the Persian ones: yeh (ي ى ے) to ی, kaf (ك ڪ) to ک, alef
 *    (ٱ ٲ ٳ, and by step 2 آ أ إ) to ا, heh (ة ۀ ہ ھ ە ۃ) to ه; Arabic-Indic and
 *    Persian digits to 0-9.
 * 4. Lower case, final sigma as sigma.
 * 5. Runs of white space become one space; none at the ends.
 *
 * It is idempotent. The result is at most 18 times as long as the text.
 */
export function foldPersian(text: string): string {
  return (
    text
      .normalize('NFKD')
      .replace(IGNORED, '')
      .replace(VARIANTS, (letter) => FOLDED.get(letter) ?? letter)
      .toLowerCase()
      .replaceAll('ς', 'σ')
      .replace(/\s+/g, ' ')
      .trim()
      // Marks that a removed character kept apart are put in their canonical order.
      .normalize('NFKD')
  );
}

/** Invisible characters, accents, Arabic marks, and the letters hamza, high hamza and tatweel. */
const IGNORED =
  /[\p{Default_Ignorable_Code_Point}[\p{Script_Extensions=Arabic}&&\p{Mn}][\u0300-\u036f]\u0621\u0674\u0640]/gv;

const FOLDED: ReadonlyMap<string, string> = new Map([
  ...variantsOf('ی', '\u064a\u0649\u06d2'),
  ...variantsOf('ک', '\u0643\u06aa'),
  ...variantsOf('ا', '\u0671\u0672\u0673'),
  ...variantsOf('ه', '\u0629\u06be\u06c1\u06c3\u06d5'),
  ...Array.from('٠١٢٣٤٥٦٧٨٩', (digit, value) => [digit, String(value)] as const),
  ...Array.from('۰۱۲۳۴۵۶۷۸۹', (digit, value) => [digit, String(value)] as const),
]);

const VARIANTS = new RegExp(`[${[...FOLDED.keys()].join('')}]`, 'gu');

function variantsOf(letter: string, variants: string): readonly (readonly [string, string])[] {
  return Array.from(variants, (variant) => [variant, letter] as const);
}

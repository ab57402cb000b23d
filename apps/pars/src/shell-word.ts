/**
 * A path that somebody else may have named, on one line, to be shown and to be
 * pasted into a shell (bash, zsh): one word there, and nothing in it can steer
 * the terminal or hide, marks of direction included.
 */
export function shellWord(path: string): string {
  // What begins like an option is none.
  const text = path.startsWith('-') ? `./${path}` : path;
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!NOT_SEEN.test(text) && !text.includes("'")) return `'${text}'`;
  return `$'${text.replaceAll(/[\\']/g, '\\$&').replaceAll(NOT_SEEN_EACH, writtenOut)}'`;
}

/** Its bytes in UTF-8: every shell of that kind reads them, whatever its locale. */
function writtenOut(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Controls, formats (joiners and marks of direction among them), separators of lines, halves of pairs. */
const NOT_SEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;
const NOT_SEEN_EACH: RegExp = new RegExp(NOT_SEEN, 'gu');

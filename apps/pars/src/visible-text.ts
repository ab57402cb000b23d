/**
 * Text from other people, made safe for a terminal: control characters cannot
 * move the cursor or hide what was written, and direction overrides cannot
 * reorder the line. A line break becomes a break and two spaces.
 */
export function visibleText(text: string): string {
  return text
    .replaceAll(/\r\n?|\n/g, '\n  ')
    .replaceAll(HIDDEN, (character) =>
      character === '\n' || character === '\t' ? character : '\ufffd',
    );
}

/** JSON on one line that is safe on a terminal too. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(HIDDEN, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** C0 and C1 controls, line and paragraph separators, direction embeddings, overrides and isolates. */
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * An address, an id or a link, which has no such characters when it is honest:
 * on one line, and with nothing in it that is not seen, marks of direction and
 * joiners included.
 */
export function visibleLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\ufffd');
}

/** What became of a line that is being typed unseen. */
export type HiddenLineEnd = 'entered' | 'interrupted';

/** A line that is typed at a terminal in raw mode without being shown. */
export interface HiddenLine {
  /**
   * Takes what the terminal sent; says how the line ended, if it did. What
   * follows the end is left in {@link HiddenLine.rest}.
   */
  take(data: string): HiddenLineEnd | undefined;
  readonly text: string;
  /** What came behind the end of the line: the beginning of the next one. */
  readonly rest: string;
}

/**
 * An empty line. Backspace takes back a character, Ctrl-U all of them. Keys
 * that send escape sequences (arrows, Home, pasting marks) change nothing:
 * nobody would see what they typed into the secret.
 */
export function createHiddenLine(): HiddenLine {
  let text = '';
  let rest = '';

  function take(data: string): HiddenLineEnd | undefined {
    const characters = [...data.replaceAll(ESCAPE_SEQUENCES, '')];
    for (const [index, character] of characters.entries()) {
      if (character === '\u0003') {
        text = '';
        return 'interrupted';
      }
      if (character === '\r' || character === '\n' || character === '\u0004') {
        rest = characters.slice(index + 1).join('');
        return 'entered';
      }
      if (character === '\u007f' || character === '\b') text = [...text].slice(0, -1).join('');
      else if (character === '\u0015') text = '';
      else if (character >= ' ') text += character;
    }
    return undefined;
  }

  return {
    take,
    get text() {
      return text;
    },
    get rest() {
      return rest;
    },
  };
}

/** CSI and SS3 sequences of ECMA-48; a terminal sends each in one piece. */
const ESCAPE_SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O[ -~])/g;

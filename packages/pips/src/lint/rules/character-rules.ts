import type { Rule } from '../rule.ts';

/** Characters that deceive: what is read is not what is written. */
export const characterRules: readonly Rule[] = [
  {
    id: 'bidi-control',
    severity: 'error',
    group: 'characters',
    explanation:
      'Embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069) are refused: they can show a text in another order than the one that is voted on. `<bdi>` isolates a name.',
    bad: { body: 'Send 100\u202e001\u202c PARS.', shown: 'Send 100[U+202E]001[U+202C] PARS.' },
    good: { body: 'Send <bdi>100</bdi> PARS.' },
    isFixable: false,
    check: ({ source }, report) => {
      for (const match of source.text.matchAll(/[\u202a-\u202e\u2066-\u2069]/g)) {
        report(rangeOf(match), `${codePoint(match[0])} changes the direction of the text`);
      }
    },
  },
  {
    id: 'control-character',
    severity: 'error',
    group: 'characters',
    explanation:
      'Control characters other than line feed and tab are refused: they steer terminals and are not seen.',
    bad: { body: 'Red \u001b[31mtext.', shown: 'Red [U+001B][31mtext.' },
    good: { body: 'Plain text.' },
    isFixable: false,
    check: ({ source }, report) => {
      // NUL is a finding of `file-encoding`, CR of `file-line-endings`.
      for (const match of source.text.matchAll(
        /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/g,
      )) {
        report(rangeOf(match), `${codePoint(match[0])} is a control character`);
      }
    },
  },
  {
    id: 'invisible-character',
    severity: 'error',
    group: 'characters',
    explanation:
      'Characters without a shape (zero-width space and joiners, soft hyphen, tag characters, variation selectors) are refused: they make two words of the same look. ZWNJ and ZWJ between letters of the Arabic script, and direction marks beside them, are spelling and allowed.',
    bad: { body: 'The word pa\u200bss.', shown: 'The word pa[U+200B]ss.' },
    good: { body: 'The word pass.' },
    isFixable: false,
    check: ({ source: { text } }, report) => {
      for (const match of text.matchAll(INVISIBLE)) {
        const [character] = match;
        if (match.index === 0 && character === '\ufeff') continue;
        const around = text.slice(Math.max(0, match.index - 24), match.index + 24);
        if (/[\u200c\u200d]/.test(character) && joinsArabic(text, match.index)) continue;
        if (/[\u200e\u200f]/.test(character) && ARABIC.test(around)) continue;
        report(rangeOf(match), `${codePoint(character)} cannot be seen`);
      }
    },
  },
  {
    id: 'mixed-script',
    severity: 'error',
    group: 'characters',
    explanation:
      'A word does not mix Latin letters with Cyrillic or Greek ones that look like them.',
    bad: { body: 'Send it to p\u0430rs.', shown: 'Send it to p[U+0430]rs.' },
    good: { body: 'Send it to pars.' },
    isFixable: false,
    check: ({ source }, report) => {
      if (!/[\p{Script=Cyrillic}\p{Script=Greek}\uff00-\uffef]/u.test(source.text)) return;
      for (const match of source.text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
        const [word] = match;
        const alike = /\p{Script=Latin}/u.test(word) ? LOOK_ALIKE.exec(word)?.[0] : undefined;
        if (alike === undefined) continue;
        report(rangeOf(match), `${codePoint(alike)} in this word only looks like a Latin letter`);
      }
    },
  },
  {
    id: 'look-alike',
    severity: 'warning',
    group: 'characters',
    explanation:
      'Full-width and mathematical letters and digits, and words made wholly of Cyrillic or Greek look-alikes, are not what they seem. A proposal is in English or Persian.',
    bad: {
      body: 'Chain \uff16\uff11\uff13\uff13.',
      shown: 'Chain [U+FF16][U+FF11][U+FF13][U+FF13].',
    },
    good: { body: 'Chain 6133.' },
    isFixable: false,
    check: ({ source }, report) => {
      for (const match of source.text.matchAll(
        /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}]+/gu,
      )) {
        report(rangeOf(match), `${codePoint(match[0])} only looks like a plain letter or digit`);
      }
      if (!/\p{Script=Cyrillic}/u.test(source.text)) return;
      for (const match of source.text.matchAll(
        /(?<!\p{L})[АВЕІЈКМНОРСТУХЅабеіјкорсухѕ]{2,}(?!\p{L})/gu,
      )) {
        report(rangeOf(match), 'This Cyrillic word looks like a Latin one');
      }
    },
  },
  {
    id: 'normal-form',
    severity: 'warning',
    group: 'characters',
    explanation: 'Text is in Unicode normal form C, so that a search finds it.',
    bad: { body: 'Cafe\u0301.', shown: 'Cafe[U+0301].' },
    good: { body: 'Café.' },
    isFixable: true,
    check: ({ source: { text } }, report) => {
      if (text.normalize('NFC') === text) return;
      for (const match of text.matchAll(/[^\n]+/g)) {
        const replacement = match[0].normalize('NFC');
        if (replacement !== match[0])
          report(rangeOf(match), 'This line is not in normal form C', [
            { ...rangeOf(match), replacement },
          ]);
      }
    },
  },
];

const ARABIC = /\p{Script=Arabic}/u;

const INVISIBLE =
  /\u034f|[\ufe00-\ufe0f]|[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufff8\u{e0000}-\u{e0fff}]/gu;

/** Cyrillic and Greek letters and full-width forms that look like Latin ones. */
const LOOK_ALIKE =
  /[АВЕІЈКМНОРСТУХЅаеіјорсухѕԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορυχ\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/u;

/** Whether a joiner stands between letters of the Arabic script; a ZWJ may end a word. */
function joinsArabic(text: string, index: number): boolean {
  const before = ARABIC.test(text[index - 1] ?? '');
  const isJoiner = text[index] === '\u200d';
  return before && (isJoiner || ARABIC.test(text[index + 1] ?? ''));
}

function rangeOf(match: RegExpExecArray): { offset: number; endOffset: number } {
  return { offset: match.index, endOffset: match.index + match[0].length };
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

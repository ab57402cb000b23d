import { countWords, tokenRange } from '../blocks.ts';
import type { InlineElement } from '../inline-elements.ts';
import type { LintSubject } from '../lint-subject.ts';
import type { Report, Rule } from '../rule.ts';
import { valueRange } from './file-rules.ts';

/** Persian as it is written with care: letters, ZWNJ, punctuation, direction. */
export const persianRules: readonly Rule[] = [
  {
    id: 'persian-letters',
    severity: 'warning',
    group: 'Persian',
    explanation:
      'Persian has its own ی and ک. The Arabic ي, ى and ك look alike and are not found by a search.',
    bad: { body: 'يك پيشنهاد' },
    good: { body: 'یک پیشنهاد' },
    isFixable: true,
    check: replaceIn(
      /[يىك]/g,
      (letter) => (letter === 'ك' ? 'ک' : 'ی'),
      'This is the Arabic letter',
      isPersian,
    ),
  },
  {
    id: 'persian-digits',
    severity: 'warning',
    group: 'Persian',
    explanation: 'Persian text has Persian digits (۴۵۶) or ASCII ones, not the Arabic ٤٥٦.',
    bad: { body: 'پیشنهاد ٤٥' },
    good: { body: 'پیشنهاد ۴۵' },
    isFixable: true,
    check: replaceIn(
      /[\u0660-\u0669]/g,
      (digit) => String.fromCharCode(digit.charCodeAt(0) + 0x90),
      'This is an Arabic digit',
      isPersian,
    ),
  },
  {
    id: 'persian-prefix',
    severity: 'warning',
    group: 'Persian',
    explanation:
      'می and نمی are joined to their verb with a ZWNJ (U+200C), not separated by a space: می‌خواهم.',
    bad: { body: 'این را می خواهم' },
    good: { body: 'این را می\u200cخواهم' },
    isFixable: true,
    check: replaceIn(
      /(?<![\p{L}\p{M}\u200c])(ن?می) (?=\p{Script=Arabic}{2})/gu,
      (found) => `${found.trimEnd()}\u200c`,
      'A ZWNJ belongs here instead of the space',
      isPersian,
    ),
  },
  {
    id: 'persian-suffix',
    severity: 'warning',
    group: 'Persian',
    explanation:
      'The endings ها, های, هایی, تر and ترین are joined to their word with a ZWNJ (U+200C): گره‌ها.',
    bad: { body: 'همه گره ها' },
    good: { body: 'همه گره\u200cها' },
    isFixable: true,
    check: replaceIn(
      /(?<=\p{Script=Arabic}) (?=(?:ها|های|هایی|هایم|هایت|هایش|ترین)(?![\p{L}\p{M}\u200c]))/gu,
      () => '\u200c',
      'A ZWNJ belongs here instead of the space',
      isPersian,
    ),
  },
  {
    id: 'persian-zwnj',
    severity: 'warning',
    group: 'Persian',
    explanation:
      'A ZWNJ stands once, between two letters; not beside a space or a mark, where it does nothing.',
    bad: { body: 'می\u200c\u200cخواهم', shown: 'می[U+200C][U+200C]خواهم' },
    good: { body: 'می\u200cخواهم' },
    isFixable: true,
    check: replaceIn(/\u200c{2,}/g, () => '\u200c', 'The ZWNJ stands twice', isPersian),
  },
  {
    id: 'persian-punctuation',
    severity: 'warning',
    group: 'Persian',
    explanation: 'Behind a Persian word stand ، ؛ and ؟.',
    bad: { body: 'سلام, حال شما?' },
    good: { body: 'سلام، حال شما؟' },
    isFixable: true,
    check: replaceIn(
      /(?<=[\p{Script=Arabic}\u200c])[,;?](?=\s|$)/gu,
      (mark) => ({ ',': '،', ';': '؛', '?': '؟' })[mark] ?? mark,
      'Persian has its own mark',
      isPersian,
    ),
  },
  {
    id: 'persian-direction',
    severity: 'warning',
    group: 'Persian',
    explanation:
      'A Persian paragraph that begins with a Latin word or a code would be laid out from left to right. Begin it with a Persian word, or with a right-to-left mark (U+200F).',
    bad: { body: 'Pars یک شبکه\u200cی پیام\u200cرسانی است' },
    good: {
      body: '\u200fPars یک شبکه\u200cی پیام\u200cرسانی است',
      shown: '[U+200F]Pars یک شبکه‌ی پیام‌رسانی است',
    },
    isFixable: true,
    check: (subject, report) => {
      const { tokens } = subject.proposal;
      const first = new Map<number, InlineElement>();
      for (const element of subject.inline) {
        if (!first.has(element.block)) first.set(element.block, element);
      }
      let block = -1;
      for (const token of tokens) {
        if (token.type !== 'inline') continue;
        block += 1;
        if (
          !isPersian(token.content) ||
          !/^[^\p{Script=Arabic}\u200f]*?\p{Script=Latin}/u.test(token.content)
        )
          continue;
        const place = first.get(block);
        const offset = place?.offset ?? tokenRange(subject, token).offset;
        report(
          { offset, endOffset: offset + 1 },
          'This Persian text would run from left to right',
          [{ offset, endOffset: offset, replacement: '\u200f' }],
        );
      }
    },
  },
  {
    id: 'language-declared',
    severity: 'warning',
    group: 'Persian',
    explanation:
      'A proposal whose text is mostly Persian says `language: fa`, so that it is shown from right to left and read aloud in Persian.',
    bad: {
      body: 'این یک متن فارسی است. '.repeat(20).trim(),
      shown: 'a Persian text without `language: fa`',
    },
    good: {
      fields: ['language: fa'],
      body: 'این یک متن فارسی است. '.repeat(20).trim(),
      shown: 'a Persian text with `language: fa`',
    },
    isFixable: false,
    check: ({ proposal, field }, report) => {
      if (!/\p{Script=Arabic}/u.test(proposal.bodyMarkdown)) return;
      const isPersianText =
        isPersian(proposal.bodyMarkdown) && countWords(proposal.bodyMarkdown) > 40;
      if (!isPersianText || proposal.frontMatter.language === 'fa') return;
      report(valueRange(field('language')), 'The text is mostly Persian: add `language: fa`');
    },
  },
];

/** More letters of the Arabic script than Latin ones. */
function isPersian(text: string): boolean {
  const arabic = text.match(/\p{Script=Arabic}/gu)?.length ?? 0;
  return arabic > 0 && arabic > (text.match(/\p{Script=Latin}/gu)?.length ?? 0);
}

/** A check of running text that replaces what it finds, in texts for which `applies` holds. */
function replaceIn(
  pattern: RegExp,
  replace: (found: string) => string,
  message: string,
  applies: (text: string) => boolean,
): Rule['check'] {
  return ({ inline, source }: LintSubject, report: Report) => {
    for (const element of inline) {
      if (element.kind !== 'text' || !applies(element.text)) continue;
      for (const match of element.text.matchAll(pattern)) {
        const [found] = match;
        const offset = element.offsetAt(match.index);
        const range = { offset, endOffset: offset + found.length };
        const isExact = source.text.slice(range.offset, range.endOffset) === found;
        report(range, message, isExact ? [{ ...range, replacement: replace(found) }] : undefined);
      }
    }
  };
}

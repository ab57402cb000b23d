import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { foldPersian } from './fold-persian.ts';

describe('foldPersian finds the same word behind', () => {
  const cases: readonly [why: string, a: string, b: string][] = [
    ['an Arabic yeh and kaf', 'كتاب يك', 'کتاب یک'],
    ['alef maksura', 'موسى', 'موسی'],
    ['a ZWNJ', 'می\u200cخواهم', 'میخواهم'],
    ['a ZWJ', 'ه\u200d', 'ه'],
    ['tatweel', 'ســلام', 'سلام'],
    ['harakat', 'مُحَمَّد', 'محمد'],
    ['madda', 'آب', 'اب'],
    ['a madda typed as a mark', 'ا\u0653ب', 'آب'],
    ['hamza on alef', 'أمیر إمام', 'امیر امام'],
    ['alef wasla', 'ٱلله', 'الله'],
    ['hamza on waw', 'مؤمن', 'مومن'],
    ['hamza on yeh', 'رئیس', 'رییس'],
    ['a hamza alone', 'انشاء', 'انشا'],
    ['heh with hamza', 'خانۀ ما', 'خانه ما'],
    ['heh with hamza typed as a mark', 'خانه\u0654 ما', 'خانه ما'],
    ['teh marbuta', 'مدرسة', 'مدرسه'],
    ['Urdu hehs', 'ہ ھ', 'ه ه'],
    ['Persian digits', '۱۴۰۳', '1403'],
    ['Arabic-Indic digits', '١٤٠٣', '1403'],
    ['full-width digits', '１４', '14'],
    ['presentation forms', 'ﺳﻼﻡ', 'سلام'],
    ['bidi controls', '\u202bسلام\u202c\u200f', 'سلام'],
    ['isolates', '\u2067سلام\u2069', 'سلام'],
    ['white space', '  سلام\u00a0\n دنیا ', 'سلام دنیا'],
    ['Latin case', 'PARS Network', 'pars network'],
    ['Latin accents', 'Café', 'cafe'],
    ['a Greek final sigma', 'ΣΑΣ', 'σασ'],
    ['a Turkish capital I', 'İran', 'iran'],
  ];
  for (const [why, a, b] of cases) {
    test(why, () => assert.equal(foldPersian(a), foldPersian(b)));
  }
});

describe('foldPersian keeps apart', () => {
  for (const [a, b] of [
    ['سلام', 'سلم'],
    ['پارس', 'بارس'],
    ['گل', 'کل'],
    ['ژاله', 'زاله'],
    ['چین', 'جین'],
    ['ی', 'ب'],
  ] as const) {
    test(`${a} and ${b}`, () => assert.notEqual(foldPersian(a), foldPersian(b)));
  }
});

test('foldPersian writes plain Persian', () => {
  assert.equal(foldPersian('كِتابِ آقايِ «مُحَمَّدى» — ۱۲٫٥'), 'کتاب اقای «محمدی» — 12٫5');
});

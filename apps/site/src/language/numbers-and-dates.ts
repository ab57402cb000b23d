import type { Language } from './language.ts';

/** A whole number in the digits of the language, with its mark between the thousands. */
export function formatNumber(value: number, language: Language): string {
  return NUMBERS[language].format(value);
}

/**
 * A day `YYYY-MM-DD` in the calendar of the language: `22 November 2026`, `۱ آذر ۱۴۰۵`.
 * What is no day is given back unchanged.
 */
export function formatDay(day: string, language: Language): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) return day;
  const parts = new Map(
    DAYS[language].formatToParts(time).map(({ type, value }) => [type, value] as const),
  );
  // Assembled here: the order that Intl gives Persian dates is not the one that people write.
  return [parts.get('day'), parts.get('month'), parts.get('year')].join(' ');
}

const NUMBERS: Readonly<Record<Language, Intl.NumberFormat>> = {
  en: new Intl.NumberFormat('en'),
  fa: new Intl.NumberFormat('fa'),
};

const PARTS = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;

const DAYS: Readonly<Record<Language, Intl.DateTimeFormat>> = {
  en: new Intl.DateTimeFormat('en-u-ca-gregory', PARTS),
  fa: new Intl.DateTimeFormat('fa-u-ca-persian', PARTS),
};

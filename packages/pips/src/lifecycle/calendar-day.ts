const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;

/**
 * The number of a day written as `YYYY-MM-DD`, counted from 0000-03-01 in the
 * Gregorian calendar; `undefined` when it is written otherwise or does not
 * exist. The difference of two is the days between them. No clock, no zone.
 */
export function dayNumberFromText(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const before = DAYS_BEFORE_MONTH[month - 1];
  if (before === undefined || day < 1 || day > daysInMonth(year, month)) return undefined;
  // Leap days up to the last 29 February before this day.
  const leapYears = month > 2 ? year : year - 1;
  const leapDays =
    Math.floor(leapYears / 4) - Math.floor(leapYears / 100) + Math.floor(leapYears / 400);
  return year * 365 + leapDays + before + day - DAYS_TO_ORIGIN;
}

/** What the same count gives for 0000-03-01. */
const DAYS_TO_ORIGIN = 60;

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

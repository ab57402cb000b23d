import { type Figure, missedFigures, type Outcome } from './scenario.ts';

/** The figures as a table for people. */
export function outcomeToTable(outcome: Outcome): string {
  const missed = new Set(missedFigures(outcome));
  const rows = outcome.figures.map((figure) => [
    figure.name,
    `${shortNumber(figure.value)} ${figure.unit}`,
    promiseToText(figure),
    figure.promise === undefined ? '' : missed.has(figure) ? 'MISSED' : 'kept',
  ]);
  const all = [['figure', 'value', 'promise', ''], ...rows];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...all.map((row) => (row[column] ?? '').length)),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function promiseToText({ promise, unit }: Figure): string {
  if (promise === undefined) return '';
  const { atMost, atLeast } = promise;
  const parts = [
    atMost === undefined ? '' : `at most ${shortNumber(atMost)} ${unit}`,
    atLeast === undefined ? '' : `at least ${shortNumber(atLeast)} ${unit}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return 'never';
  if (Number.isInteger(value)) return value.toLocaleString('en-GB');
  return Number(value.toPrecision(4)).toLocaleString('en-GB', { maximumFractionDigits: 4 });
}

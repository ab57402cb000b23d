import type { BenchRow } from '@pars/base/bench';

/** The columns of the table. */
export const TABLE_HEAD: string = [
  'name'.padEnd(52),
  'value'.padStart(12),
  'unit'.padEnd(6),
  'target'.padEnd(14),
  'peer'.padEnd(40),
  'ratio'.padStart(6),
  '',
].join('  ');

/** One line of the table. */
export function formatRow(row: BenchRow): string {
  const kept = isKept(row);
  return [
    row.name.padEnd(52),
    formatNumber(row.value).padStart(12),
    row.unit.padEnd(6),
    formatTarget(row).padEnd(14),
    (row.peer === undefined ? '' : `${row.peer.name} ${formatNumber(row.peer.value)}`).padEnd(40),
    (row.ratio === undefined ? '' : row.ratio.toFixed(2)).padStart(6),
    kept === undefined ? '' : kept ? 'ok' : 'MISSED',
  ].join('  ');
}

/** Whether the row's target was met; `undefined` when it has none. */
export function isKept(row: BenchRow): boolean | undefined {
  if (row.target === undefined) return undefined;
  const { of, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = row.target;
  const measured = of === 'ratio' ? row.ratio : row.value;
  return measured !== undefined && measured <= atMost && measured >= atLeast;
}

function formatTarget({ target }: BenchRow): string {
  if (target === undefined) return '';
  const what = target.of === 'ratio' ? 'ratio ' : '';
  if (target.atMost !== undefined) return `${what}≤ ${target.atMost}`;
  return `${what}≥ ${target.atLeast}`;
}

function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(2);
}

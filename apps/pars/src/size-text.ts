/** A number of bytes for people: `512 B`, `15.9 kB`, `2.1 GB`. */
export function textFromBytes(bytes: number): string {
  const step = UNITS.findLast(({ from }) => bytes >= from);
  if (step === undefined) return `${bytes} B`;
  const value = bytes / step.from;
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${step.unit}`;
}

const UNITS: readonly { readonly from: number; readonly unit: string }[] = [
  { from: 1e3, unit: 'kB' },
  { from: 1e6, unit: 'MB' },
  { from: 1e9, unit: 'GB' },
  { from: 1e12, unit: 'TB' },
];

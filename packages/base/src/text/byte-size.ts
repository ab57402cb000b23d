/** A size like `500MB`, `2 GiB` or `4194304`, in bytes, at most 4 TiB; `undefined` for anything else. */
export function bytesFromText(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,13}(?:\.\d{1,3})?) ?([a-z]{0,3})$/i.exec(text) ?? [];
  const factor = FACTORS.get(unit.toLowerCase());
  if (digits === '' || factor === undefined) return undefined;
  const bytes = Math.floor(Number(digits) * factor);
  return bytes <= MOST_BYTES ? bytes : undefined;
}

const FACTORS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1e3],
  ['kb', 1e3],
  ['m', 1e6],
  ['mb', 1e6],
  ['g', 1e9],
  ['gb', 1e9],
  ['t', 1e12],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);
const MOST_BYTES = 2 ** 42;

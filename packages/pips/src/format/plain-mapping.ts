import type { FrontMatterField } from './proposal.ts';

/** More fields than this are the YAML parser's matter. */
const MAX_FIELDS = 32;

/**
 * The fields of a front matter in the form that nearly all have: a line
 * `key: text` or `key: [1000, 2000]` each, where no character means anything to
 * YAML. `undefined` for everything else, of which the YAML parser decides; where
 * this gives fields it would give the same ones, at a hundred times the cost.
 * `start` is where the mapping stands in the file.
 */
export function readPlainMapping(
  source: string,
  start: number,
): readonly FrontMatterField[] | undefined {
  const fields: FrontMatterField[] = [];
  const keys = new Set<string>();
  const lines = source.split('\n');
  if (lines.pop() !== '' || lines.length === 0 || lines.length > MAX_FIELDS) return undefined;
  let keyOffset = start;
  for (const line of lines) {
    const [, key = '', written = ''] = PLAIN_LINE.exec(line) ?? [];
    const value = plainValue(written);
    if (key === '' || value === undefined || keys.has(key)) return undefined;
    keys.add(key);
    const valueEnd = keyOffset + line.length;
    fields.push({ key, value, keyOffset, valueOffset: valueEnd - written.length, valueEnd });
    keyOffset = valueEnd + 1;
  }
  return fields;
}

const PLAIN_LINE = /^([a-z][a-z-]{0,31}): (\S.*)$/;

/** Begins with a letter or digit, ends in no space, and holds neither comments nor keys nor controls. */
const PLAIN_TEXT = /^[\p{L}\p{Nd}](?:[^#\p{Cc}\p{Zl}\p{Zp}\ufeff]*[^#:\s\p{Cc}\ufeff])?$/u;

const PLAIN_LIST = /^\[(?:[0-9A-Za-z]+(?:, [0-9A-Za-z]+)*)?\]$/;

function plainValue(written: string): string | readonly string[] | undefined {
  if (PLAIN_LIST.test(written)) {
    return written.length === 2 ? [] : written.slice(1, -1).split(', ');
  }
  const isPlain = PLAIN_TEXT.test(written) && !/:\s/.test(written);
  return isPlain ? written.normalize('NFC') : undefined;
}

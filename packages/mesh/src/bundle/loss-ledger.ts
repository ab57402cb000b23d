import type { BundleDamage, ChunkRange, MissingRecord } from './bundle.ts';
import { type BundleStatement, missingFromRow, type StatementRow } from './bundle-statement.ts';

/** Which chunks are lost, and what is known to have stood in them. Bounded whatever the file says. */
export interface LossLedger {
  lose(chunk: number): void;
  /** Takes what a statement says of chunks that have come or are lost; a second copy adds nothing. */
  read(statement: BundleStatement): void;
  summary(): Pick<BundleDamage, 'lost' | 'missing' | 'untoldChunks'>;
}

/** Most ranges, records and statements that are kept. */
const most = 65_536;

/** A ledger of a file that nothing is known of. */
export function createLossLedger(): LossLedger {
  const lost: { from: number; to: number }[] = [];
  const readFroms = new Set<number>();
  const missing: MissingRecord[] = [];
  /** Rows of records that reach beyond the chunks of their statement. */
  const reaching: StatementRow[] = [];
  let lostCount = 0;
  let toldCount = 0;

  /** How many chunks from `from` to `to`, both inclusive, are lost. */
  function countLost(from: number, to: number): number {
    let low = 0;
    let high = lost.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((lost[middle]?.to ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    let count = 0;
    for (let at = low; at < lost.length; at += 1) {
      const range = lost[at];
      if (range === undefined || range.from > to) break;
      count += Math.min(range.to, to) - Math.max(range.from, from) + 1;
    }
    return count;
  }

  return {
    lose(chunk) {
      lostCount += 1;
      const last = lost.at(-1);
      if (last !== undefined && last.to === chunk - 1) last.to = chunk;
      else if (lost.length < most) lost.push({ from: chunk, to: chunk });
    },
    read({ from, hashes, rows }) {
      const to = from + hashes.length - 1;
      if (hashes.length === 0 || readFroms.has(from) || readFroms.size >= most) return;
      readFroms.add(from);
      const lostHere = countLost(from, to);
      toldCount += lostHere;
      for (const row of rows) {
        if (row.chunk + row.span > to && reaching.length < most) reaching.push(row);
        else if (lostHere > 0 && countLost(row.chunk, row.chunk + row.span) > 0) note(row);
      }
    },
    summary() {
      for (const row of reaching.splice(0)) {
        if (countLost(row.chunk, row.chunk + row.span) > 0) note(row);
      }
      const ranges: readonly ChunkRange[] = lost.map(({ from, to }) => ({ from, to }));
      return { lost: ranges, missing, untoldChunks: lostCount - toldCount };
    },
  };

  function note(row: StatementRow): void {
    if (missing.length < most) missing.push(missingFromRow(row));
  }
}

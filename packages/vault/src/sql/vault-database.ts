import { ok, ParsError, type Result } from '@pars/base';
import type { PageVolume, Vault } from '../vault.ts';
import { type SqlFailure, sqlErr } from './errors.ts';
import { differingPages } from './page-image.ts';
import type { SqlDatabase, SqlWriter, Written } from './sql-database.ts';
import type { OpenSqlEngine, SqlEngine } from './sql-engine.ts';
import { createStatements } from './statements.ts';

/** What a database of a volume is opened with. */
export interface VaultDatabaseRequest {
  readonly vault: Vault;
  /** `vault.decoy` or `vault.hidden`; nothing else may write its pages. */
  readonly volume: PageVolume;
  /** The volume's pages one after another, from a `PageImage`; `undefined` when some are missing. */
  readonly image: Uint8Array | undefined;
}

/**
 * Opens the database of a volume (PIP-3000 §12). Fails with `sql/damaged`
 * unless the pages are a database, or there are none.
 */
export function openVaultDatabase(
  openEngine: OpenSqlEngine,
  { vault, volume, image }: VaultDatabaseRequest,
): Result<SqlDatabase, SqlFailure> {
  if (image === undefined || volume.lostPages() > 0) return sqlErr('sql/damaged');
  const { pageBytes, maxPages } = volume;
  try {
    const engine = openEngine({ image, pageBytes, maxPages });
    return ok(createVaultDatabase({ openEngine, engine, vault, volume, image }));
  } catch (error) {
    if (codeOf(error) === 'sql/damaged') return sqlErr('sql/damaged');
    throw error;
  }
}

/** Pages that a changed row may touch: its own, those of its indexes, and what has to be split. */
const PAGES_PER_CHANGE = 8;

interface Watch {
  readonly tables: ReadonlySet<string>;
  readonly listener: (touched: ReadonlySet<string>) => void;
}

/** The transactions up to `sequence`, given to the volume as its transaction `transaction`. */
interface HandOver {
  readonly sequence: number;
  readonly transaction: number;
}

function createVaultDatabase({
  openEngine,
  engine: firstEngine,
  vault,
  volume,
  image,
}: {
  readonly openEngine: OpenSqlEngine;
  readonly engine: SqlEngine;
  readonly vault: Vault;
  readonly volume: PageVolume;
  readonly image: Uint8Array;
}): SqlDatabase {
  const { pageBytes, maxPages, maxWaitingPages } = volume;
  let engine = firstEngine;
  const watches = new Set<Watch>();
  let sequence = 0;
  let durableSequence = 0;
  /** Handed over and not durable yet, in order. */
  let handOvers: readonly HandOver[] = [];
  let handedSequence = 0;
  /** The database as it was handed over last. */
  let handedImage = image;
  /** At most so many pages differ from that now. */
  let mayDiffer = 0;
  let wake: (() => void)[] = [];
  let isClosed = false;
  let isInside = false;

  const stopListening = vault.onFlush(handOver);
  void vault.locked.then(close);

  /** Gives the volume what changed, unless too much waits there already: then the next flush tries again. */
  function handOver(): void {
    if (isClosed || handedSequence === sequence) return;
    const now = engine.serialize();
    const taken = volume.writePages(differingPages(handedImage, now, pageBytes));
    if (!taken.ok) return void now.fill(0);
    handedImage.fill(0);
    handedImage = now;
    handedSequence = sequence;
    mayDiffer = 0;
    handOvers = [...handOvers, { sequence, transaction: taken.value }];
    void followFirst();
    wakeAll();
  }

  /** One at a time, so that what a crash cannot undo grows in order. */
  async function followFirst(): Promise<void> {
    if (handOvers.length !== 1) return;
    for (let first = handOvers[0]; first !== undefined; first = handOvers[0]) {
      const result = await volume.durable(first.transaction);
      if (!result.ok) return;
      durableSequence = first.sequence;
      handOvers = handOvers.slice(1);
      wakeAll();
    }
  }

  function wakeAll(): void {
    const woken = wake;
    wake = [];
    for (const resume of woken) resume();
  }

  function transact<T>(work: (sql: SqlWriter) => T): Result<Written<T>, SqlFailure> {
    if (mayDiffer > maxWaitingPages / 2) handOver();
    const changesBefore = engine.totalChanges();
    const statements = createStatements(engine);
    engine.takeTouched();
    engine.run('BEGIN IMMEDIATE');
    try {
      const value = statements.during(work);
      const changes = engine.totalChanges() - changesBefore;
      const touched = engine.takeTouched();
      if (!commit(changes, statements.parameterBytes(), touched)) return refused();
      if (changes > 0 || touched.size > 0) sequence += 1;
      tell(touched);
      return ok({ value, sequence });
    } catch (error) {
      if (engine.isInTransaction()) engine.script('ROLLBACK');
      const code = codeOf(error);
      if (code === 'sql/constraint' || code === 'sql/full') return sqlErr(code);
      throw error;
    }
  }

  /**
   * Commits unless more pages would then wait than the volume takes. Looks at
   * the pages only where a guess from above would be too many.
   */
  function commit(changes: number, bytes: number, touched: ReadonlySet<string>): boolean {
    // No more pages can differ than there are, now or in what was handed over.
    const most = Math.max(pageCount(), handedImage.length / pageBytes);
    const guess = mayDiffer + changes * PAGES_PER_CHANGE + Math.ceil((2 * bytes) / pageBytes);
    // Building an index changes no rows.
    const bound = touched.has('sqlite_master') ? most : Math.min(guess, most);
    if (bound <= maxWaitingPages) {
      engine.run('COMMIT');
      mayDiffer = bound;
      return true;
    }
    const before = handedSequence === sequence ? handedImage.slice() : engine.serialize();
    engine.run('COMMIT');
    const after = engine.serialize();
    const { size } = differingPages(handedImage, after, pageBytes);
    after.fill(0);
    if (size <= maxWaitingPages) {
      before.fill(0);
      mayDiffer = size;
      return true;
    }
    engine.close();
    engine = openEngine({ image: before, pageBytes, maxPages });
    return false;
  }

  function pageCount(): number {
    return Number(engine.get('PRAGMA page_count')?.['page_count'] ?? 0);
  }

  /** Alone it may fit, once what was before it is out of the way. */
  function refused(): ReturnType<typeof sqlErr> {
    if (handedSequence === sequence) return sqlErr('sql/transaction-too-large');
    handOver();
    return sqlErr('sql/busy');
  }

  function tell(touched: ReadonlySet<string>): void {
    for (const { tables, listener } of watches) {
      const mine = touched.intersection(tables);
      if (mine.size > 0) listener(mine);
    }
  }

  /** Nothing may come between the statements of a transaction, its own work included. */
  function alone<T>(work: () => T): T {
    if (isInside) throw new ParsError('sql/outside');
    isInside = true;
    try {
      return work();
    } finally {
      isInside = false;
    }
  }

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    stopListening();
    engine.close();
    handedImage.fill(0);
    watches.clear();
    wakeAll();
  }

  return {
    async read(work) {
      if (isClosed) return sqlErr('sql/closed');
      return ok(alone(() => createStatements(engine).during(work)));
    },
    async write(work) {
      if (isClosed) return sqlErr('sql/closed');
      return alone(() => transact(work));
    },
    async durable(upTo) {
      if (!Number.isSafeInteger(upTo) || upTo < 0 || upTo > sequence) {
        throw new ParsError('vault/argument', { what: 'sequence' });
      }
      while (upTo > durableSequence) {
        if (isClosed) return sqlErr('sql/closed');
        await new Promise<void>((resolve) => wake.push(resolve));
      }
      return ok(undefined);
    },
    get durableSequence() {
      return durableSequence;
    },
    watch(tables, listener) {
      const watch = { tables: new Set(tables), listener };
      watches.add(watch);
      return () => watches.delete(watch);
    },
    room: () => ({ pages: isClosed ? 0 : pageCount(), maxPages }),
    close,
  };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ParsError ? error.code : undefined;
}

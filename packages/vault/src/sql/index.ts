export {
  type SqlErrorCode,
  type SqlFailure,
  type SqlFailureCode,
  sqlCodeFromSqlite,
  sqlErr,
} from './errors.ts';
export { matchExpression, searchableText } from './full-text.ts';
export { type Migration, migrate } from './migrations.ts';
export { createPageImage, type PageImage } from './page-image.ts';
export { counterSchema, createReservedCounter, type ReservedCounter } from './reserved-counter.ts';
export { createSeedReserve, SEED_BYTES, type SeedReserve, seedSchema } from './seed-reserve.ts';
export type { SqlDatabase, SqlReader, SqlWriter, Written } from './sql-database.ts';
export type {
  OpenSqlEngine,
  SqlEngine,
  SqlEngineOptions,
  SqlRow,
  SqlValue,
} from './sql-engine.ts';
export { openVaultDatabase, type VaultDatabaseRequest } from './vault-database.ts';

// Runs inside Chromium (bundled by scripts/browser), in a page or in a worker.
import type { ConformanceCase } from '@pars/base/conformance';
import { sqlEngineConformance } from '@pars/vault/conformance';
import wasm from '@sqlite.org/sqlite-wasm/sqlite3.wasm';
import { loadWasmSqlEngine } from '../storage/wasm-sql-engine.ts';

/** What every engine of SQL promises, over SQLite in WebAssembly. */
export async function cases(): Promise<readonly ConformanceCase[]> {
  return sqlEngineConformance(await loadWasmSqlEngine(wasm));
}

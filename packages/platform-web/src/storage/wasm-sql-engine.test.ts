import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { sqlEngineConformance } from '@pars/vault/conformance';
import { loadWasmSqlEngine } from './wasm-sql-engine.ts';

// The same cases run in Chromium; here they run where there is none.
describe('SQL in memory with SQLite in WebAssembly', async () => {
  const wasm = await readFile(new URL(import.meta.resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm')));
  const open = await loadWasmSqlEngine(wasm);
  for (const { name, run } of sqlEngineConformance(open)) test(name, run);
});

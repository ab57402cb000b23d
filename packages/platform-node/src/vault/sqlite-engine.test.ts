import { describe, test } from 'node:test';
import { sqlEngineConformance } from '@pars/vault/conformance';
import { openNodeSqlEngine } from './sqlite-engine.ts';

describe('SQL in memory with node:sqlite', () => {
  for (const { name, run } of sqlEngineConformance(openNodeSqlEngine)) test(name, run);
});

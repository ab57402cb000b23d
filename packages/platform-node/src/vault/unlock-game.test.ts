import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withFolder } from './tier-fixture.ts';
import { PATHS, playUnlocks } from './unlock-game-fixture.ts';

describe('unlocks of files on every path', () => {
  test('read as often on all of them; the bench compares time, memory and system calls', async () => {
    const seen = await withFolder((folder) => playUnlocks(folder, 2, { isTraced: false }));
    const reads = new Set([...seen.values()].flatMap((path) => path.reads));
    assert.equal(seen.size, PATHS.length);
    assert.deepEqual(
      [...seen.values()].map(({ ms }) => ms.length),
      PATHS.map(() => 2),
    );
    assert.equal(reads.size, 1);
  });
});

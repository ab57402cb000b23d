import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { rootFolder } from './process/run-step.ts';

describe('launcher', () => {
  for (const args of [[], ['no-such-task'], ['../x'], ['nosuchtask']]) {
    test(`refuses ${JSON.stringify(args)} before it installs anything`, () => {
      const { status, stderr } = spawnSync(
        process.execPath,
        [join(rootFolder, 'scripts/launch.mjs'), ...args],
        { encoding: 'utf8' },
      );
      assert.equal(status, 2);
      assert.match(stderr, /^usage:/);
    });
  }

  test('the runtime is the pinned one', () => {
    assert.equal(process.versions.node, '26.10.0');
  });
});

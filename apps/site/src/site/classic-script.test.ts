import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runInNewContext, Script } from 'node:vm';
import { readAssets } from '../read-assets.ts';
import { createClassicScript } from './classic-script.ts';

describe('createClassicScript', () => {
  test('joins modules without types, imports, exports and comments', () => {
    const script = createClassicScript(
      [
        { kind: 'js', text: '/** one */\nexport function one() { return 1; }' },
        {
          kind: 'ts',
          text: "import { one } from './one.ts';\nimport type { X } from './x.ts';\nexport function start(): void { globalThis.made = one() + (2 as number); }",
        },
      ],
      'start',
    );
    assert.doesNotMatch(script, /import|export|\/\*/);
    const page: { made?: number } = {};
    runInNewContext(script, page);
    assert.equal(page.made, 3);
  });

  test('throws when something of a module is left', () => {
    assert.throws(() => createClassicScript([{ kind: 'js', text: 'export { a as b };' }], 'a'));
  });
});

test('every script of the site is one that a browser can read', async () => {
  for (const [name, text] of await readAssets()) {
    if (!name.endsWith('.js')) continue;
    assert.doesNotThrow(() => new Script(text), name);
    assert.doesNotMatch(text, /sourceMappingURL/, name);
    if (name !== 'minisearch.js') assert.doesNotMatch(text, /:\/\//, name);
  }
});

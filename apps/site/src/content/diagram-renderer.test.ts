import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDiagramRenderer } from './diagram-renderer.ts';

/** Takes Graphviz minutes: many crossing edges between few nodes. */
const ENDLESS = `digraph{${Array.from({ length: 1_500 }, (_, edge) => `${(edge * 7) % 180}->${(edge * 13) % 179};`).join('')}}`;

test('draws diagrams, and says which cannot be drawn', async () => {
  await using renderer = createDiagramRenderer();
  const [drawn, broken, large] = await Promise.all([
    renderer.render('digraph { a -> b }'),
    renderer.render('digraph {'),
    renderer.render(`digraph { ${'a;'.repeat(10_000)} }`),
  ]);
  assert.match(drawn ?? '', /<svg/);
  assert.equal(broken, undefined);
  assert.equal(large, undefined);
});

test('gives up a diagram that takes too long, and draws the next one', async () => {
  await using renderer = createDiagramRenderer(1_000);
  assert.equal(await renderer.render(ENDLESS), undefined);
  assert.match((await renderer.render('digraph { a }')) ?? '', /<svg/);
});

test('draws the same diagram in the same way', async () => {
  await using renderer = createDiagramRenderer();
  const dot = 'digraph { a -> { b c } -> d; subgraph cluster_x { label="x"; c } }';
  assert.equal(await renderer.render(dot), await renderer.render(dot));
});

test('draws no more when too many were late', async () => {
  await using renderer = createDiagramRenderer(200);
  const late = await Promise.all(Array.from({ length: 8 }, () => renderer.render(ENDLESS)));
  assert.deepEqual(new Set(late), new Set([undefined]));
  assert.equal(await renderer.render('digraph { a }'), undefined);
});

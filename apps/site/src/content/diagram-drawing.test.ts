import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redrawDiagram } from './diagram-drawing.ts';

const draw = (inner: string): string | undefined =>
  redrawDiagram(`<?xml version="1.0"?>\n<!-- x -->\n<svg viewBox="0 0 10 20">${inner}</svg>`, 'D')
    ?.markup;

/** What the drawing holds besides its frame. */
const inside = (inner: string): string | undefined =>
  draw(inner)
    ?.replace(/^<svg [^>]*>/, '')
    .replace(/<\/svg>$/, '');

describe('redrawDiagram', () => {
  test('keeps geometry and texts', () => {
    assert.equal(
      inside(
        '<g id="a" class="node"><ellipse fill="none" stroke="black" cx="1" cy="-2.5" rx="3" ry="4"/><text x="1" y="2" font-family="x">a &amp; b &#45;&gt; ی</text></g>',
      ),
      '<g class="node"><ellipse cx="1" cy="-2.5" rx="3" ry="4"/><text x="1" y="2">a &amp; b -&gt; ی</text></g>',
    );
  });

  test('has a size and a name', () => {
    assert.equal(
      draw(''),
      '<svg class="diagram" role="img" aria-label="D" width="10" height="20" viewBox="0 0 10 20"></svg>',
    );
  });

  for (const [what, hostile] of [
    ['scripts', '<script>alert(1)</script>'],
    ['links', '<a xlink:href="javascript:alert(1)" href="x"></a>'],
    ['pictures', '<image href="https://hostile.example/x.png"/>'],
    ['style sheets', '<style>@import "x"</style>'],
    ['other elements', '<foreignObject><b>x</b></foreignObject><animate/><use href="#x"/>'],
    ['titles', '<title>x</title>'],
    ['comments', '<!-- --> <!-- <script> -->'],
  ] as const) {
    test(`drops ${what}`, () => assert.equal(inside(hostile)?.trim(), ''));
  }

  test('drops handlers, addresses, styles and ids, and values of another shape', () => {
    assert.equal(
      inside(
        `<path onclick="x" style="fill:url(x)" id="y" fill="url(#z)" d="M1,2C3,4 5,6 7,8"/><path d="M1,2 url(x)"/><polygon points="1,2 3,4" class="evil" stroke-width="9e9"/>`,
      ),
      '<path d="M1,2C3,4 5,6 7,8"/><path/><polygon points="1,2 3,4"/>',
    );
  });

  test('a value cannot end its attribute', () => {
    assert.equal(inside(`<g class='node" onload="x'></g>`), '<g></g>');
    assert.equal(
      inside('<text x="1">&lt;script&gt;&#60;b&#x3e;</text>'),
      '<text x="1">&lt;script&gt;&lt;b&gt;</text>',
    );
  });

  test('refuses what is unbalanced, endless or no drawing', () => {
    assert.equal(redrawDiagram('<svg viewBox="0 0 1 1"><g>', 'D'), undefined);
    assert.equal(redrawDiagram('<g></g>', 'D'), undefined);
    assert.equal(redrawDiagram('<svg viewBox="0 0 x 1"></svg>', 'D'), undefined);
    assert.equal(draw('<g/>'.repeat(4_000)), undefined);
    assert.equal(draw(' '.repeat(300_000)), undefined);
    assert.equal(draw('<g>'.repeat(100) + '</g>'.repeat(100)), undefined);
  });
});

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type CodeHighlighter, createCodeHighlighter } from './code-highlighter.ts';

describe('code highlighter', () => {
  let highlighter: CodeHighlighter;
  before(async () => {
    highlighter = await createCodeHighlighter();
  });

  test('colours by classes and keeps every character', () => {
    const code = 'const a = "</pre><script>"; // & more\n\nlet b = 1;';
    const markup = highlighter.highlight(code, 'ts')?.markup ?? '';
    assert.match(markup, /<span class="t-k">const/);
    assert.match(markup, /<span class="t-c">\/\/ &amp; more<\/span>/);
    assert.doesNotMatch(markup, /style=|<script/);
    const text = markup
      .replaceAll(/<\/?span[^>]*>/g, '')
      .replaceAll(
        /&(?:lt|gt|quot|amp);/g,
        (entity) => ({ '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' })[entity] ?? '',
      );
    assert.equal(text, code);
  });

  test('leaves unknown languages and large code alone', () => {
    assert.equal(highlighter.highlight('x', 'klingon'), undefined);
    assert.equal(highlighter.highlight('x', '__proto__'), undefined);
    assert.equal(highlighter.highlight('x'.repeat(40_000), 'ts'), undefined);
  });

  test('a long line costs little and stays readable', () => {
    const line = `const a = ${'('.repeat(3_000)}`;
    assert.equal(highlighter.highlight(line, 'ts')?.markup, line);
  });
});

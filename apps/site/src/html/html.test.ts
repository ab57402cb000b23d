import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { escapeHtml, html, joinHtml, trustedHtml } from './html.ts';

describe('html', () => {
  test('escapes every text, and no markup', () => {
    const hostile = `<i title="x" class='y'>&`;
    assert.equal(
      html`<p title="${hostile}">${hostile}${trustedHtml('<b>')}</p>`.markup,
      '<p title="&lt;i title=&quot;x&quot; class=&#39;y&#39;&gt;&amp;">&lt;i title=&quot;x&quot; class=&#39;y&#39;&gt;&amp;<b></p>',
    );
  });

  test('joins lists, writes numbers and leaves out nothings', () => {
    assert.equal(html`${[html`<i>`, 'a<', 3]}${undefined}${false}.`.markup, '<i>a&lt;3.');
    assert.equal(joinHtml(['a', html`<br>`], '&').markup, 'a&amp;<br>');
  });

  test('drops the character that no page may hold', () => {
    assert.equal(escapeHtml('a\u0000b'), 'ab');
  });
});

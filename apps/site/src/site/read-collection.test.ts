import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Collection, readCollection } from './read-collection.ts';
import { proposalText } from './site-fixture.ts';

const read = (files: Readonly<Record<string, string>>): Collection =>
  readCollection(new Map(Object.entries(files)), (bytes) =>
    createHash('sha3-256').update(bytes).digest(),
  );

describe('readCollection', () => {
  test('reads the facts that pages show', () => {
    const text = proposalText({
      author: 'Roshanak (@roshanak), Daniel <d@example.org>',
      'discussions-to': 'https://example.org/talk',
      language: 'fa',
      title: 'پیوند',
    });
    const [proposal] = read({ 'pip-1000-link.md': text }).readable;
    assert.equal(proposal?.number, '1000');
    assert.equal(proposal?.slug, 'pip-1000-link');
    assert.equal(proposal?.language, 'fa');
    assert.equal(proposal?.discussion, 'https://example.org/talk');
    assert.deepEqual(
      proposal?.authors.map(({ name }) => name),
      ['Roshanak', 'Daniel'],
    );
    assert.match(proposal?.contentHash ?? '', /^[0-9a-f]{64}$/);
  });

  test('links proposals in both directions, and keeps what is missing', () => {
    const { readable } = read({
      'pip-1000-a.md': proposalText(),
      'pip-1001-b.md': proposalText({ pip: '1001', requires: '[1000, 9000]', replaces: '[1000]' }),
    });
    const [a, b] = readable;
    assert.deepEqual(a?.requiredBy, [{ number: '1001', slug: 'pip-1001-b' }]);
    assert.deepEqual(a?.replacedBy, [{ number: '1001', slug: 'pip-1001-b' }]);
    assert.deepEqual(b?.requires, [
      { number: '1000', slug: 'pip-1000-a' },
      { number: '9000', slug: undefined },
    ]);
  });

  for (const [what, fields] of [
    ['another number than its name', { pip: '1001' }],
    ['an unknown status', { status: 'Final' }],
    ['an unknown type', { type: 'Meta' }],
    ['an unknown category', { category: 'Magic' }],
    ['no author', { author: '' }],
    ['no day', { created: '2026-99-99' }],
    ['another language', { language: 'de' }],
    ['no title', { title: '' }],
  ] as const) {
    test(`keeps a file with ${what} apart and says where`, () => {
      const { readable, unreadable } = read({ 'pip-1000-a.md': proposalText(fields) });
      assert.equal(readable.length, 0);
      const [reason] = unreadable[0]?.reasons ?? [];
      assert.match(reason?.message ?? '', new RegExp(`\`${Object.keys(fields)[0]}\``));
      assert.ok((reason?.line ?? 0) > 1);
    });
  }

  test('what requires an unreadable file requires something that is not here', () => {
    const { readable } = read({
      'pip-1000-a.md': 'nothing',
      'pip-1001-b.md': proposalText({ pip: '1001', requires: '[1000]' }),
    });
    assert.deepEqual(readable[0]?.requires, [{ number: '1000', slug: undefined }]);
  });

  test('other files are no proposals', () => {
    const { readable, unreadable } = read({
      'pip-template.md': proposalText(),
      'README.md': 'x',
      '../pip-1000-a.md': proposalText(),
    });
    assert.equal(readable.length + unreadable.length, 0);
  });

  test('an address that is not https is no link', () => {
    for (const address of ['javascript:alert(1)', 'http://example.org', 'pars://x', 'x']) {
      const text = proposalText({ 'discussions-to': `"${address}"` });
      assert.equal(read({ 'pip-1000-a.md': text }).readable[0]?.discussion, undefined);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParsError, unwrap } from '@pars/base';
import { createMemoryStore } from '@pars/base/fakes';
import { hashDep, openGate, testSpace } from '../history-fixture.ts';
import { openReplica } from '../replica/replica.ts';
import { MAX_PAYLOAD_BYTES, type VertexId } from '../vertex.ts';
import { openDocument } from './document.ts';
import {
  type DocumentEdit,
  decodeUpdate,
  encodeUpdate,
  MAX_UPDATE_BYTES,
} from './document-edit.ts';
import {
  authorOf,
  documentOf,
  edit,
  encodeUpdateVertex,
  type Member,
  openMember,
  readUpdate,
} from './document-fixture.ts';
import { loroEngine } from './loro-engine.ts';

const testId = new Uint8Array(32) as VertexId;

/** Gives a member the vertex of a stranger's update on top of what they hold. */
async function receive(member: Member, update: Uint8Array): Promise<void> {
  const place = await member.replica.nextPlace();
  const encoding = encodeUpdateVertex(authorOf(77), place, update);
  const { refused } = await member.replica.receive('stranger', [encoding]);
  assert.deepEqual(refused, []);
  unwrap(await member.document.catchUp());
}

describe('hostile updates', () => {
  const body = { part: 'body' } as const;
  const node = { edit: 0 } as const;
  const unfit: Readonly<Record<string, readonly DocumentEdit[]>> = {
    'text beyond the end': [{ type: 'text-insert', ...body, at: 6, text: 'x' }],
    'a range beyond the end': [{ type: 'text-remove', ...body, at: 3, count: 3 }],
    'a mark beyond the end': [
      { type: 'text-unmark', ...body, at: 4, count: 2 ** 32, mark: 'bold' },
    ],
    'a key that is not there': [{ type: 'map-remove', part: 'meta', key: 'k' }],
    'an item that is not there': [{ type: 'list-remove', part: 'items', at: 0, count: 1 }],
    'a move from nowhere': [{ type: 'list-move', part: 'items', at: 0, to: 0 }],
    'a node that is not there': [{ type: 'node-remove', part: 'outline', node: { edit: 3 } }],
    'a node of somebody unknown': [
      {
        type: 'node-move',
        part: 'outline',
        node: { id: testId, edit: 0 },
        at: 0,
      },
    ],
    'a parent of another part': [
      { type: 'node-create', part: 'other', at: 0 },
      { type: 'node-create', part: 'outline', parent: node, at: 0 },
    ],
    'a node below itself': [
      { type: 'node-create', part: 'outline', at: 0 },
      { type: 'node-create', part: 'outline', parent: node, at: 0 },
      { type: 'node-move', part: 'outline', node, parent: { edit: 1 }, at: 0 },
    ],
    'a child at a far place': [{ type: 'node-create', part: 'outline', at: 1 }],
  };
  for (const [name, edits] of Object.entries(unfit)) {
    test(`${name}: void from there on, and the document goes on`, async () => {
      const member = await openMember(1);
      await edit(member, (draft) => draft.insertText('body', 0, 'سلام!'));
      const rest: DocumentEdit = { type: 'text-insert', ...body, at: 0, text: 'never' };
      await receive(member, encodeUpdate([...edits, rest]));
      assert.equal(member.document.voidUpdates, 1);
      await edit(member, (draft) => draft.insertText('body', 5, '😀'));
      assert.deepEqual(member.document.value().texts['body'], [{ text: 'سلام!😀' }]);
      assert.deepEqual((await documentOf(member.replica)).value(), member.document.value());
    });
  }

  test('bytes that are no update change nothing', async () => {
    const member = await openMember(1);
    await edit(member, (draft) => draft.insertText('body', 0, 'a'));
    const good = encodeUpdate([{ type: 'text-insert', part: 'body', at: 0, text: 'b' }]);
    const bad = [
      new Uint8Array(0),
      good.subarray(1),
      new Uint8Array(MAX_UPDATE_BYTES + 1),
      new Uint8Array([0x80]),
    ];
    for (const bytes of bad) {
      assert.equal(codeOf(decodeUpdate(bytes)), 'dag/operation-malformed');
      await receive(member, bytes);
    }
    assert.equal(member.document.voidUpdates, bad.length);
    assert.deepEqual(
      member.document.value().texts,
      Object.assign(Object.create(null), { body: [{ text: 'a' }] }),
    );
  });

  test('parts and keys may be called anything', async () => {
    const member = await openMember(1);
    const names = ['\u0000', 'a/b', '%2F', '__proto__', 'cid:root-x:Map', '😀', ' '];
    await edit(member, (draft) => {
      for (const name of names) {
        draft.insertText(name, 0, name);
        draft.setEntry('meta', name, name);
        draft.setEntry(name, 'k', 1);
        draft.insertItem(name, 0, 1);
        draft.createNode(name, undefined, 0);
      }
    });
    const value = member.document.value();
    for (const name of names) {
      assert.equal(value.texts[name]?.[0]?.text, name);
      assert.equal(value.maps['meta']?.[name], name);
      assert.equal(value.lists[name]?.length, 1);
      assert.equal(value.trees[name]?.length, 1);
    }
    assert.deepEqual(Object.keys(value.maps['meta'] ?? {}).toSorted(), names.toSorted());
  });

  test('vertices of other kinds in the same space are passed over', async () => {
    const member = await openMember(1);
    const read = async () => undefined;
    await edit(member, (draft) => draft.insertText('body', 0, 'a'));
    const deps = { ...hashDep, replica: member.replica, engine: loroEngine, read };
    await using document = unwrap(await openDocument(deps));
    assert.equal(document.voidUpdates, 0);
    assert.deepEqual(Object.keys(document.value().texts), []);
  });
});

describe('drafts', () => {
  test('a long paste becomes several vertices, and every one fits', async () => {
    const member = await openMember(1);
    const text = 'سلام 😀 '.repeat(12_000);
    const vertices = await edit(member, (draft) => {
      draft.insertText('body', 0, text);
      const [top] = [draft.createNode('outline', undefined, 0)];
      draft.setNodeValue('outline', top, 'title', 'x'.repeat(16_000));
      draft.setNodeValue(
        'outline',
        draft.createNode('outline', top, 0),
        'title',
        'y'.repeat(16_000),
      );
      for (let times = 0; times < 5; times += 1) {
        draft.setNodeValue('outline', top, `k${times}`, 'z'.repeat(16_000));
      }
    });
    assert.ok(vertices.length > 3);
    for (const { payload } of vertices) assert.ok(payload.length < MAX_PAYLOAD_BYTES / 3);
    const value = member.document.value();
    assert.equal(value.texts['body']?.map((span) => span.text).join(''), text);
    assert.equal(member.document.voidUpdates, 0);
    const [top, below] = value.trees['outline'] ?? [];
    assert.equal(Object.keys(top?.values ?? {}).length, 6);
    assert.equal(below?.parent, top?.name);
  });

  test('what others write meanwhile does not shift a draft', async () => {
    const member = await openMember(1);
    await edit(member, (draft) => draft.insertText('body', 0, 'ab'));
    const draft = unwrap(await member.document.draft());
    draft.insertText('body', 1, 'X');
    const update = encodeUpdate([{ type: 'text-insert', part: 'body', at: 0, text: '---' }]);
    await receive(member, update);
    unwrap(await member.document.commit(draft, member.write));
    assert.deepEqual(member.document.value().texts['body'], [{ text: '---aXb' }]);
  });

  test('mistakes of the caller are bugs, before anything is changed', async () => {
    const member = await openMember(1);
    const draft = unwrap(await member.document.draft());
    for (const mistake of [
      () => draft.insertText('body', 1, 'x'),
      () => draft.insertText('', 0, 'x'),
      () => draft.insertText('body', 0, '\ud800'),
      () => draft.setEntry('meta', 'k', 0.5),
      () => draft.setEntry('meta', 'k'.repeat(65), 1),
      () => draft.removeNode('outline', 'nonsense'),
      () => draft.removeNode('outline', `${'00'.repeat(32)}.0`),
    ]) {
      assert.throws(mistake, ParsError);
    }
    assert.ok(draft.isEmpty);
    member.document.discard(draft);
    assert.throws(() => draft.insertText('body', 0, 'x'), ParsError);
    await assert.rejects(member.document.commit(draft, member.write), /draft/);
  });

  test('a vertex that the replica refuses is the failure of the commit', async () => {
    const member = await openMember(1);
    const draft = unwrap(await member.document.draft());
    draft.insertText('body', 0, 'x');
    const noise = await member.document.commit(draft, async () => new Uint8Array(3));
    assert.equal(codeOf(noise), 'dag/vertex-malformed');
    const again = unwrap(await member.document.draft());
    again.insertText('body', 0, 'x');
    const elsewhere: Member['write'] = async (place, update) =>
      encodeUpdateVertex(member.author, { parents: [...place.parents, testId], time: 2 }, update);
    await assert.rejects(member.document.commit(again, elsewhere), /place of a vertex/);
    assert.equal(member.document.textLength('body'), 0);
  });
});

describe('saved states', () => {
  test('damaged or foreign ones are refused or give a document, never an exception', async () => {
    const member = await openMember(1);
    await edit(member, (draft) => {
      draft.insertText('body', 0, 'سلام');
      draft.createNode('outline', undefined, 0);
    });
    const saved = unwrap(await member.document.save());
    const deps = { ...hashDep, replica: member.replica, engine: loroEngine, read: readUpdate };
    let refused = 0;
    for (let at = 0; at < saved.length; at += 1) {
      const damaged = saved.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      const opened = await openDocument(deps, { saved: damaged });
      if (opened.ok) opened.value.value();
      else refused += 1;
    }
    assert.ok(refused > saved.length / 3);
    const foreign = await openMember(2);
    const other = { ...deps, replica: foreign.replica };
    assert.equal(codeOf(await openDocument(other, { saved })), 'dag/state-malformed');
  });

  test('after pruning the log alone is not enough, and the saved state is', async () => {
    const member = await openMember(1);
    const [vertex] = await edit(member, (draft) => draft.insertText('body', 0, 'old'));
    const [later] = await edit(member, (draft) => draft.insertText('body', 3, ' new'));
    assert.ok(vertex !== undefined && later !== undefined);
    const saved = unwrap(await member.document.save());
    unwrap(await member.replica.prune(later.id));
    const deps = { ...hashDep, replica: member.replica, engine: loroEngine, read: readUpdate };
    assert.equal(codeOf(await openDocument(deps)), 'dag/document-needs-state');
    const restored = await documentOf(member.replica, saved);
    const after = { ...member, document: restored };
    await edit(after, (draft) => draft.insertText('body', 7, '!'));
    assert.deepEqual(restored.value().texts['body'], [{ text: 'old new!' }]);
  });
});

test('a document that is closed says so', async () => {
  const deps = { ...hashDep, store: createMemoryStore(), gate: openGate };
  const replica = unwrap(await openReplica(deps, { space: testSpace }));
  const document = await documentOf(replica);
  await document[Symbol.asyncDispose]();
  assert.throws(() => document.value(), /dag\/closed/);
  await assert.rejects(document.catchUp(), /dag\/closed/);
});

function codeOf(result: {
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}): string {
  return result.error?.code ?? 'accepted';
}

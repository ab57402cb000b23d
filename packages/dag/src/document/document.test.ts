import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ParsError, unwrap } from '@pars/base';
import { createMemoryStore } from '@pars/base/fakes';
import { createRunTree } from '../crdt/rga-tree.ts';
import { hashDep, openGate, testSpace } from '../history-fixture.ts';
import { openReplica } from '../replica/replica.ts';
import { decodeVertex, MAX_PAYLOAD_BYTES, type VertexId } from '../vertex.ts';
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
import { createDocumentState, readDocument } from './document-state.ts';
import { createTreePart } from './tree-part.ts';

const testId = new Uint8Array(32) as VertexId;

/** Gives a member the vertex of a stranger's update on top of what they hold. */
async function receive(member: Member, update: Uint8Array): Promise<void> {
  const place = await member.replica.nextPlace();
  const encoding = encodeUpdateVertex(authorOf(77), place, update);
  const { refused } = await member.replica.receive('stranger', [encoding]);
  assert.deepEqual(refused, []);
  await member.document.catchUp();
}

describe('hostile updates', () => {
  const body = { part: 'body' } as const;
  const node = { edit: 0 } as const;
  const nobody = { id: testId, edit: 0, offset: 0 } as const;
  const value = { type: 'flag', flag: true } as const;
  const unfit: Readonly<Record<string, readonly DocumentEdit[]>> = {
    'text at a place of nobody': [
      { type: 'text-insert', ...body, at: { ...nobody, side: 'before' }, text: 'x' },
    ],
    'a removal of what is not there': [
      { type: 'text-remove', ...body, ranges: [{ ...nobody, count: 3 }] },
    ],
    'a removal beyond the end of a run': [
      { type: 'text-remove', ...body, ranges: [{ edit: 0, offset: 9, count: 1 }] },
    ],
    'a mark from nowhere': [{ type: 'text-mark', ...body, from: nobody, mark: 'bold', value }],
    'a mark to nowhere': [
      {
        type: 'text-unmark',
        part: 'other',
        from: { edit: 0, offset: 0 },
        until: { ...nobody, side: 'after' },
        mark: 'bold',
      },
    ],
    'an item that is not there': [{ type: 'list-remove', part: 'items', items: [{ edit: 3 }] }],
    'a value for an edit that is to come': [
      { type: 'list-set', part: 'items', item: { edit: 1 }, value },
      { type: 'list-insert', part: 'items', value },
    ],
    'a move from nowhere': [{ type: 'list-move', part: 'items', item: { edit: 3 } }],
    'a node that is not there': [{ type: 'node-remove', part: 'outline', node: { edit: 3 } }],
    'a node of somebody unknown': [
      { type: 'node-move', part: 'outline', node: { id: testId, edit: 0 } },
    ],
    'a parent of another part': [
      { type: 'node-create', part: 'other' },
      { type: 'node-create', part: 'outline', parent: node },
    ],
    'a child beside a stranger': [
      { type: 'node-create', part: 'outline', at: { ...nobody, side: 'after' } },
    ],
  };
  for (const [name, edits] of Object.entries(unfit)) {
    test(`${name}: void, and the document goes on`, async () => {
      const member = await openMember(1);
      await edit(member, (draft) => draft.insertText('body', 0, 'سلام!'));
      await receive(member, encodeUpdate(edits));
      assert.equal(member.document.voidUpdates, 1);
      await edit(member, (draft) => draft.insertText('body', 5, '😀'));
      assert.deepEqual(member.document.value().texts['body'], [{ text: 'سلام!😀' }]);
      assert.deepEqual((await documentOf(member.replica)).value(), member.document.value());
    });
  }

  test('an update that names what its author cannot have seen is void, whether it came before or after', async () => {
    const place = { parents: [], time: 1 };
    const typed = encodeUpdateVertex(
      authorOf(1),
      place,
      encodeUpdate([
        { type: 'text-insert', ...body, text: 'abc' },
        { type: 'node-create', part: 'outline' },
      ]),
    );
    const { id } = unwrap(decodeVertex(hashDep, testSpace, typed));
    const named = { id, edit: 0, offset: 0 } as const;
    const blind = encodeUpdateVertex(
      authorOf(2),
      place,
      encodeUpdate([
        { type: 'text-remove', ...body, ranges: [{ ...named, count: 3 }] },
        { type: 'text-insert', ...body, at: { ...named, side: 'before' }, text: 'x' },
        { type: 'text-mark', ...body, from: named, mark: 'bold', value },
        { type: 'node-remove', part: 'outline', node: { id, edit: 1 } },
      ]),
    );
    for (const order of [
      [typed, blind],
      [blind, typed],
    ]) {
      const member = await openMember(3);
      for (const bytes of order) {
        await member.replica.receive('peer', [bytes]);
        await member.document.catchUp();
      }
      assert.deepEqual(member.document.value().texts['body'], [{ text: 'abc' }]);
      assert.equal(member.document.value().trees['outline']?.length, 1);
      assert.equal(member.document.voidUpdates, 1);
    }
  });

  test('bytes that are no update change nothing', async () => {
    const member = await openMember(1);
    await edit(member, (draft) => draft.insertText('body', 0, 'a'));
    const good = encodeUpdate([{ type: 'text-insert', part: 'body', text: 'b' }]);
    const bad = [
      new Uint8Array(0),
      good.subarray(1),
      new Uint8Array(MAX_UPDATE_BYTES + 1),
      new Uint8Array([0x81]),
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
    const deps = { ...hashDep, replica: member.replica, read };
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
    const [seen] = await edit(member, (draft) => draft.insertText('body', 0, 'ab'));
    assert.ok(seen !== undefined);
    const draft = await member.document.draft();
    const before = { id: seen.id, edit: 0, offset: 0, side: 'before' } as const;
    await receive(
      member,
      encodeUpdate([{ type: 'text-insert', part: 'body', at: before, text: '---' }]),
    );
    draft.insertText('body', 1, 'X');
    assert.deepEqual(draft.value().texts['body'], [{ text: 'aXb' }]);
    unwrap(await member.document.commit(draft, member.write));
    assert.deepEqual(member.document.value().texts['body'], [{ text: '---aXb' }]);
  });

  test('typing is one edit, however it was typed, and what comes between is not mixed into it', async () => {
    const member = await openMember(1);
    const [vertex] = await edit(member, (draft) => {
      for (const [at, letter] of Array.from('سلام 😀!').entries()) {
        draft.insertText('body', at, letter);
        assert.equal(draft.textLength('body'), at + 1);
      }
      draft.insertText('body', 0, '<');
      draft.markText('body', 1, 2, 'bold', true);
      draft.insertText('body', 8, '>');
      draft.removeText('body', 7, 1);
      draft.insertText('body', 7, '?');
      draft.createNode('outline', draft.createNode('outline', undefined, 0), 0);
    });
    assert.ok(vertex !== undefined);
    const edits = unwrap(decodeUpdate(vertex.payload.slice(36)));
    assert.deepEqual(
      edits.map(({ type }) => type),
      [
        ...['text-insert', 'text-insert', 'text-mark', 'text-insert', 'text-remove'],
        ...['text-insert', 'node-create', 'node-create'],
      ],
    );
    const value = member.document.value();
    assert.deepEqual(value.texts['body'], [
      { text: '<' },
      { text: 'سل', marks: { bold: true } },
      { text: 'ام 😀?>' },
    ]);
    assert.equal(value.trees['outline']?.length, 2);
    assert.equal(member.document.voidUpdates, 0);
  });

  test('more heads than a vertex has parents are joined first, so that a draft may name any of them', async () => {
    const member = await openMember(1);
    const roots = Array.from({ length: 40 }, (_, at) => {
      const update = encodeUpdate([{ type: 'text-insert', part: 'body', text: `${at},` }]);
      return encodeUpdateVertex(authorOf(50 + at), { parents: [], time: 1 }, update);
    });
    await member.replica.receive('peer', roots);
    await edit(member, (draft) => {
      draft.removeText('body', 0, draft.textLength('body'));
      draft.insertText('body', 0, 'one');
    });
    assert.equal(member.document.voidUpdates, 0);
    assert.deepEqual(member.document.value().texts['body'], [{ text: 'one' }]);
    assert.equal((await member.replica.frontier()).length, 1);
  });

  test('mistakes of the caller are bugs, before anything is changed', async () => {
    const member = await openMember(1);
    const draft = await member.document.draft();
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
    const draft = await member.document.draft();
    draft.insertText('body', 0, 'x');
    const noise = await member.document.commit(draft, async () => new Uint8Array(3));
    assert.equal(codeOf(noise), 'dag/vertex-malformed');
    const again = await member.document.draft();
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
    const deps = { ...hashDep, replica: member.replica, read: readUpdate };
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
    const deps = { ...hashDep, replica: member.replica, read: readUpdate };
    assert.equal(codeOf(await openDocument(deps)), 'dag/document-needs-state');
    const restored = await documentOf(member.replica, saved);
    const after = { ...member, document: restored };
    await edit(after, (draft) => draft.insertText('body', 7, '!'));
    assert.deepEqual(restored.value().texts['body'], [{ text: 'old new!' }]);
  });
});

describe('after pruning', () => {
  test('a state that lacks some of what was forgotten is not taken for whole', async () => {
    const member = await openMember(1);
    await edit(member, (draft) => draft.insertText('body', 0, 'a'));
    const saved = unwrap(await member.document.save());
    await edit(member, (draft) => draft.insertText('body', 1, 'b'));
    const [top] = await edit(member, (draft) => draft.insertText('body', 2, 'c'));
    const whole = unwrap(await member.document.save());
    assert.ok(top !== undefined);
    unwrap(await member.replica.prune(top.id));
    const deps = { ...hashDep, replica: member.replica, read: readUpdate };
    assert.equal(codeOf(await openDocument(deps, { saved })), 'dag/document-needs-state');
    assert.deepEqual((await documentOf(member.replica, whole)).value(), member.document.value());
  });

  test('a document that did not catch up before says that it lacks something', async () => {
    const [writer, reader] = [await openMember(1), await openMember(2)];
    for (const text of ['a', 'b', 'c']) {
      const [vertex] = await edit(writer, (draft) => draft.insertText('body', 0, text));
      assert.ok(vertex !== undefined);
      await reader.replica.receive('peer', [vertex.bytes]);
    }
    const [top] = await reader.replica.frontier();
    assert.ok(top !== undefined);
    unwrap(await reader.replica.prune(top));
    await assert.rejects(reader.document.catchUp(), /dag\/document-needs-state/);
  });
});

describe('more beside each other than a call has arguments', () => {
  const many = 140_000;
  const idOf = (number: number) => {
    const id = new Uint8Array(36);
    new DataView(id.buffer).setUint32(0, number);
    return id;
  };

  test('runs at one place', () => {
    const tree = createRunTree();
    const first = tree.add(idOf(0), ['x'], undefined);
    assert.ok(first !== undefined);
    const place = { parent: first, offset: 0, side: 'after' } as const;
    for (let number = 1; number <= many; number += 1) tree.add(idOf(number), ['y'], place);
    assert.equal(tree.elements().length, many + 1);
  });

  test('children of one node', () => {
    const state = createDocumentState();
    const tree = createTreePart();
    state.trees.set('t', tree);
    const first = { time: 1, id: idOf(0) };
    tree.place(first.id, first, undefined, undefined);
    const parent = tree.node(first.id);
    for (let number = 1; number <= many; number += 1) {
      const stamp = { time: 2, id: idOf(number) };
      tree.place(stamp.id, stamp, parent, undefined);
    }
    assert.equal(readDocument(state).trees['t']?.length, many + 1);
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

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { LoroDoc } from 'loro-crdt/base64';

import type { DocumentDraft } from './document-draft.ts';
import {
  documentOf,
  edit,
  editAnything,
  encodeUpdateVertex,
  gossip,
  type Member,
  openMember,
} from './document-fixture.ts';

const seeds = fc.string({ minLength: 1, maxLength: 6 });

/** Members who write, and hear of each other now and then. */
async function grow(seed: string, count: number, steps: number): Promise<readonly Member[]> {
  const random = createSimulationRandom(seed);
  const members = await Promise.all(Array.from({ length: count }, (_, at) => openMember(at + 1)));
  for (let step = 0; step < steps; step += 1) {
    const member = random.pick(members);
    await edit(member, (draft) => {
      for (let times = random.below(3); times >= 0; times -= 1) editAnything(draft, random);
    });
    if (random.chance(0.4)) await gossip(random.pick(members), random.pick(members), random);
  }
  return members;
}

async function meet(members: readonly Member[], seed: string): Promise<void> {
  const random = createSimulationRandom(`${seed} meet`);
  for (const from of members) for (const to of members) await gossip(from, to, random);
}

describe('convergence', () => {
  test('four members who wrote apart see the same, in whatever order it came and however often', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const members = await grow(seed, 4, 24);
        await meet(members, seed);
        const [first, ...others] = members.map((member) => member.document.value());
        for (const other of others) assert.deepEqual(other, first);
        assert.equal(members[0]?.document.voidUpdates, 0);
        assert.equal(members[0]?.document.forks, 0);
      }),
      { numRuns: 12 },
    );
  });

  test('a document reopened from the log, or from a saved state and the log, equals the one that stayed open', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const members = await grow(seed, 3, 12);
        const [one, two] = members as readonly [Member, Member, Member];
        const saved = unwrap(await one.document.save());
        await gossip(two, one, createSimulationRandom(seed));
        await edit(one, (draft) => editAnything(draft, createSimulationRandom(`${seed} more`)));
        await meet(members, seed);
        const expected = one.document.value();
        assert.deepEqual((await documentOf(one.replica)).value(), expected);
        const restored = await documentOf(one.replica, saved);
        assert.deepEqual(restored.value(), expected);
        // It goes on like the other.
        const after = { ...one, document: restored };
        await edit(after, (draft) => editAnything(draft, createSimulationRandom(`${seed} on`)));
        await one.document.catchUp();
        assert.deepEqual(one.document.value(), restored.value());
      }),
      { numRuns: 10 },
    );
  });

  test('an author who signs concurrent vertices harms nobody: all see the same, and that it happened', async () => {
    let forked = 0;
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const random = createSimulationRandom(seed);
        // The first three share one key, as a cheat with three replicas would.
        const members = (await grow(seed, 5, 0)).map((member, at) => {
          const author = new Uint8Array(32).fill(at < 3 ? 1 : at);
          const write: Member['write'] = async (place, update) =>
            encodeUpdateVertex(author, place, update);
          return { ...member, author, write };
        });
        for (let step = 0; step < 24; step += 1) {
          await edit(random.pick(members), (draft) => editAnything(draft, random));
          if (random.chance(0.3)) await gossip(random.pick(members), random.pick(members), random);
        }
        await meet(members, seed);
        const [first, ...others] = members;
        assert.ok(first !== undefined);
        for (const other of others) {
          assert.deepEqual(other.document.value(), first.document.value());
          assert.equal(other.document.forks, first.document.forks);
        }
        assert.deepEqual((await documentOf(first.replica)).value(), first.document.value());
        forked += first.document.forks > 0 ? 1 : 0;
      }),
      { numRuns: 12 },
    );
    assert.ok(forked > 5);
  });
});

describe('intention', () => {
  test('runs that were typed at once into one gap are not interleaved, forwards or backwards', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 2, max: 3 }), async (seed, writers) => {
        const random = createSimulationRandom(seed);
        const members = await grow(seed, writers, 0);
        const [first] = members as readonly [Member];
        await edit(first, (draft) => draft.insertText('body', 0, '····'));
        await meet(members, seed);
        const gap = random.below(5);
        for (const [at, member] of members.entries()) {
          let length = 0;
          const isBackwards = random.chance(0.5);
          for (let step = 0; step < 1 + random.below(6); step += 1) {
            const place = gap + (isBackwards ? 0 : length);
            await edit(member, (draft) => draft.insertText('body', place, 'ABC'.charAt(at)));
            length += 1;
          }
        }
        await meet(members, seed);
        const text = textOf(first);
        const runs = text.match(/A+|B+|C+/g) ?? [];
        assert.equal(runs.length, new Set(runs.map((run) => run.charAt(0))).size, text);
        assert.equal(text.replaceAll(/[ABC]/g, ''), '····');
        assert.equal(text.search(/[ABC]/), gap);
      }),
      { numRuns: 40 },
    );
  });

  test('a list item that two move at once stands at one place, and a node that two move under each other is no loop', async () => {
    const [one, two] = (await grow('moves', 2, 0)) as readonly [Member, Member];
    await edit(one, (draft) => {
      for (const [at, item] of ['a', 'b', 'c'].entries()) draft.insertItem('items', at, item);
      draft.createNode('outline', undefined, 0);
      draft.createNode('outline', undefined, 1);
    });
    await meet([one, two], 'moves');
    const [left, right] = (one.document.value().trees['outline'] ?? []).map(({ name }) => name);
    assert.ok(left !== undefined && right !== undefined);
    await edit(one, (draft) => {
      draft.moveItem('items', 0, 2);
      draft.moveNode('outline', left, right, 0);
    });
    await edit(two, (draft) => {
      draft.moveItem('items', 0, 1);
      draft.moveNode('outline', right, left, 0);
    });
    await meet([one, two], 'moved');
    const value = one.document.value();
    assert.deepEqual(two.document.value(), value);
    assert.equal(value.lists['items']?.length, 3);
    assert.equal(value.trees['outline']?.length, 2);
    assert.equal(value.trees['outline']?.filter((node) => node.parent === undefined).length, 1);
  });

  test('bold typed over by others stays bold, and a link does not grow', async () => {
    const [one, two] = (await grow('marks', 2, 0)) as readonly [Member, Member];
    await edit(one, (draft) => draft.insertText('body', 0, 'سلام جهان'));
    await meet([one, two], 'marks');
    await edit(one, (draft) => draft.markText('body', 0, 4, 'bold', true));
    await edit(two, (draft) => draft.markText('body', 5, 4, 'link', 'pars:x'));
    await edit(two, (draft) => draft.insertText('body', 2, 'ـ'));
    await meet([one, two], 'marked');
    await edit(one, (draft) => draft.insertText('body', 10, '!'));
    assert.deepEqual(one.document.value().texts['body'], [
      { text: 'سلـام', marks: { bold: true } },
      { text: ' ' },
      { text: 'جهان', marks: { link: 'pars:x' } },
      { text: '!' },
    ]);
  });
});

test('what one person writes alone is what Loro makes of the same edits', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const random = createSimulationRandom(seed);
      const member = await openMember(1);
      const loro = new LoroDoc();
      const [text, list] = [loro.getText('body'), loro.getMovableList('items')];
      for (let step = 0; step < 40; step += 1) {
        await edit(member, (draft) => {
          for (let times = random.below(4); times >= 0; times -= 1) {
            const length = draft.textLength('body');
            const choice = random.below(7);
            if (choice < 3 || length === 0) {
              const at = random.below(length + 1);
              const letters = random.pick(['a', 'bc', 'def']);
              draft.insertText('body', at, letters);
              text.insert(at, letters);
            } else if (choice === 3) {
              const at = random.below(length);
              const count = 1 + random.below(Math.min(4, length - at));
              draft.removeText('body', at, count);
              text.delete(at, count);
            } else if (list.length < 3) {
              const at = random.below(list.length + 1);
              draft.insertItem('items', at, step);
              list.insert(at, step);
            } else if (choice === 4) {
              const [from, to] = [random.below(list.length), random.below(list.length)];
              draft.moveItem('items', from, to);
              list.move(from, to);
            } else if (choice === 5) {
              const at = random.below(list.length);
              draft.setItem('items', at, -step);
              list.set(at, -step);
            } else {
              const at = random.below(list.length);
              draft.removeItems('items', at, 1);
              list.delete(at, 1);
            }
          }
          assert.equal(draftText(draft), text.toString());
          assert.deepEqual(draft.value().lists['items'] ?? [], list.toArray());
        });
        assert.equal(textOf(member), text.toString());
        assert.deepEqual(member.document.value().lists['items'] ?? [], list.toArray());
      }
      loro.free();
    }),
    { numRuns: 12 },
  );
});

test('two who type at once, each seeing the other three edits late, and one who answers an old state', async () => {
  const members = [await openMember(1), await openMember(2), await openMember(3)] as const;
  const [one, two, late] = members;
  const random = createSimulationRandom('co-typing');
  const waiting: Record<'toOne' | 'toTwo', Uint8Array[]> = { toOne: [], toTwo: [] };
  const [first] = await edit(one, (draft) => draft.insertText('body', 0, 'start'));
  assert.ok(first !== undefined);
  for (const member of [two, late]) await member.replica.receive('peer', [first.bytes]);
  for (let step = 0; step < 120; step += 1) {
    for (const [member, from, to] of [
      [one, waiting.toOne, waiting.toTwo],
      [two, waiting.toTwo, waiting.toOne],
    ] as const) {
      if (from.length > 3) await member.replica.receive('peer', from.splice(0, 1));
      const written = await edit(member, (draft) => {
        const length = draft.textLength('body');
        const at = random.below(length);
        if (random.chance(0.2)) draft.removeText('body', at, 1);
        else draft.insertText('body', at, member === one ? 'l' : 'r');
      });
      to.push(...written.map(({ bytes }) => bytes));
    }
    await edit(late, (draft) => draft.insertText('body', 5, '!'));
  }
  await meet(members, 'co-typing');
  assert.deepEqual(one.document.value(), two.document.value());
  assert.deepEqual(one.document.value(), late.document.value());
  assert.ok(textOf(one).includes('!'.repeat(120)));
  assert.equal(one.document.voidUpdates, 0);
});

function textOf(member: Member): string {
  return (member.document.value().texts['body'] ?? []).map(({ text }) => text).join('');
}

function draftText(draft: DocumentDraft): string {
  return (draft.value().texts['body'] ?? []).map(({ text }) => text).join('');
}

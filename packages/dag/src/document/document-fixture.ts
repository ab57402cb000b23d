import { concatBytes, uint32ToBytes, unwrap } from '@pars/base';
import { createMemoryStore, type SimulationRandom } from '@pars/base/fakes';
import { hashDep, openGate, testSpace } from '../history-fixture.ts';
import type { LoggedVertex } from '../replica/difference.ts';
import { openReplica, type Replica } from '../replica/replica.ts';
import { decodeVertex, draftVertex, encodeVertex, type Vertex } from '../vertex.ts';
import { openDocument, type RichDocument, type UpdatePlace, type WriteVertex } from './document.ts';
import type { DocumentDraft } from './document-draft.ts';
import { MARKS } from './document-edit.ts';

/** Somebody with a replica and its document. The payload is author, a number, update, all in clear. */
export interface Member {
  readonly author: Uint8Array;
  readonly replica: Replica;
  readonly document: RichDocument;
  readonly write: WriteVertex;
}

export function authorOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

let vertexNumber = 0;

/** The encoding of a vertex of this author, unlike any other. */
export function encodeUpdateVertex(
  author: Uint8Array,
  { parents, time }: UpdatePlace,
  update: Uint8Array,
): Uint8Array {
  vertexNumber += 1;
  const payload = concatBytes(author, uint32ToBytes(vertexNumber), update);
  const draft = draftVertex(hashDep, testSpace, { parents, time, payload });
  return encodeVertex(draft, new Uint8Array(0));
}

export async function readUpdate({ bytes }: LoggedVertex): Promise<{
  readonly author: Uint8Array;
  readonly update: Uint8Array;
}> {
  const { payload } = unwrap(decodeVertex(hashDep, testSpace, bytes));
  return { author: payload.slice(0, 32), update: payload.slice(36) };
}

export async function openMember(number: number): Promise<Member> {
  const deps = { ...hashDep, store: createMemoryStore(), gate: openGate };
  const replica = unwrap(await openReplica(deps, { space: testSpace }));
  const author = authorOf(number);
  const document = await documentOf(replica);
  return {
    author,
    replica,
    document,
    write: async (place, update) => encodeUpdateVertex(author, place, update),
  };
}

export async function documentOf(replica: Replica, saved?: Uint8Array): Promise<RichDocument> {
  const deps = { ...hashDep, replica, read: readUpdate };
  return unwrap(await openDocument(deps, saved === undefined ? {} : { saved }));
}

/** One edit of a member, committed. */
export async function edit(
  member: Member,
  change: (draft: DocumentDraft) => void,
): Promise<readonly Vertex[]> {
  const draft = await member.document.draft();
  change(draft);
  const ids = unwrap(await member.document.commit(draft, member.write));
  const vertices = await Promise.all(ids.map(async (id) => await member.replica.get(id)));
  return vertices.filter((vertex) => vertex !== undefined);
}

/** Everything that a replica holds. */
export async function encodingsOf(replica: Replica): Promise<readonly Uint8Array[]> {
  const log = await replica.log(0, 4096);
  return log.map(({ bytes }) => bytes);
}

/** Gives `to` what `from` holds, in a random order and some of it twice. */
export async function gossip(from: Member, to: Member, random: SimulationRandom): Promise<void> {
  const held = await encodingsOf(from.replica);
  const sent = random.shuffle([...held, ...held.filter(() => random.chance(0.3))]);
  for (const bytes of sent) await to.replica.receive('peer', [bytes]);
  await to.document.catchUp();
}

/** Something that a person might do to what they see. */
export function editAnything(draft: DocumentDraft, random: SimulationRandom): void {
  const value = draft.value();
  const length = draft.textLength('body');
  const list = value.lists['items'] ?? [];
  const nodes = value.trees['outline'] ?? [];
  const anyNode = () => random.pick(nodes).name;
  const choice = random.below(14);
  if (choice < 4 || length === 0) {
    const text = Array.from({ length: 1 + random.below(4) }, () => random.pick(LETTERS)).join('');
    draft.insertText('body', random.below(length + 1), text);
  } else if (choice < 6) {
    const at = random.below(length);
    draft.removeText('body', at, 1 + random.below(Math.min(3, length - at)));
  } else if (choice === 6) {
    const at = random.below(length);
    const count = 1 + random.below(length - at);
    if (random.chance(0.7)) draft.markText('body', at, count, random.pick(MARKS), true);
    else draft.unmarkText('body', at, count, random.pick(MARKS));
  } else if (choice === 7) {
    draft.setEntry('meta', random.pick(['title', '__proto__', 'x']), random.pick([1, 'یک', true]));
    if (random.chance(0.2))
      draft.removeEntry('meta', Object.keys(draft.value().maps['meta'] ?? {})[0] ?? '');
  } else if (choice < 10) {
    if (list.length > 1 && random.chance(0.5)) {
      draft.moveItem('items', random.below(list.length), random.below(list.length));
    } else if (list.length > 0 && random.chance(0.3)) {
      draft.removeItems('items', random.below(list.length), 1);
    } else if (random.chance(0.4) && list.length > 0) {
      draft.setItem('items', random.below(list.length), random.below(9));
    } else {
      draft.insertItem('items', random.below(list.length + 1), random.pick(LETTERS));
    }
  } else if (nodes.length === 0 || choice < 12) {
    const parent = nodes.length > 0 && random.chance(0.6) ? anyNode() : undefined;
    const name = draft.createNode('outline', parent, 0);
    if (random.chance(0.5)) draft.setNodeValue('outline', name, 'title', random.pick(LETTERS));
    if (random.chance(0.3)) draft.createNode('outline', name, 0);
  } else if (choice === 12) {
    moveAnyNode(draft, nodes, random);
  } else {
    draft.removeNode('outline', anyNode());
  }
}

function moveAnyNode(
  draft: DocumentDraft,
  nodes: readonly { readonly name: string; readonly parent?: string }[],
  random: SimulationRandom,
): void {
  const { name } = random.pick(nodes);
  const parentByName = new Map(nodes.map((node) => [node.name, node.parent]));
  const target = random.pick(nodes).name;
  for (let at: string | undefined = target; at !== undefined; at = parentByName.get(at)) {
    if (at === name) return draft.moveNode('outline', name, undefined, 0);
  }
  draft.moveNode('outline', name, target, 0);
}

const LETTERS = Array.from('abcdefg پارس‌😀') as readonly string[];

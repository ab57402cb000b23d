import { createSimulationRandom } from '@pars/base/fakes';
import { hashDep, testSpace } from '../history-fixture.ts';
import type { VertexId } from '../vertex.ts';
import { createMember, growHistory } from './frontier-fixture.ts';
import type { FrontierEffect } from './frontier-machine.ts';
import { encodeFrontierMessage, type FrontierMessage } from './frontier-message.ts';
import { createSnapshotStream } from './snapshot.ts';
import { frontierDigest, questionTag } from './vertex-giver.ts';

/** What frontier-sync.vectors.json freezes. All bytes in hexadecimal. */
export interface FrontierRecording {
  readonly space: string;
  readonly heads: readonly string[];
  readonly digest: string;
  readonly questionTag: string;
  readonly snapshot: {
    readonly base: string;
    readonly state: string;
    readonly root: string;
    readonly stream: string;
  };
  readonly messages: readonly { readonly type: string; readonly bytes: string }[];
  /** A whole sync of two small replicas that differ both ways, message by message. */
  readonly course: readonly { readonly from: number; readonly bytes: string }[];
}

/** Makes the recording again; the same on every run and platform. */
export async function recordFrontierSync(): Promise<FrontierRecording> {
  const random = createSimulationRandom('frontier vectors');
  const heads = [1, 2, 3].map(() => random.bytes(32) as VertexId);
  const content = { base: random.bytes(70), state: random.bytes(40) };
  const stream = createSnapshotStream(hashDep, testSpace, content);
  if (stream === undefined) throw new Error('a snapshot within its bounds');
  const { root, contentLength } = stream;
  return {
    space: testSpace.toHex(),
    heads: heads.map((id) => id.toHex()),
    digest: frontierDigest(hashDep, testSpace, heads).toHex(),
    questionTag: questionTag(hashDep, heads).toHex(),
    snapshot: {
      base: content.base.toHex(),
      state: content.state.toHex(),
      root: root.toHex(),
      stream: stream.slice(0, contentLength + 32).toHex(),
    },
    messages: sampleMessages().map((message) => ({
      type: message.type,
      bytes: encodeFrontierMessage(message).toHex(),
    })),
    course: await recordCourse(),
  };
}

/** One message of each type, and greetings with and without what may be left out. */
export function sampleMessages(): readonly FrontierMessage[] {
  const random = createSimulationRandom('frontier samples');
  const ids = () => [1, 2].map(() => random.bytes(32) as VertexId);
  const epoch = random.bytes(8);
  const greeting = {
    type: 'hello',
    epoch,
    messageLength: 4096,
    windowBytes: 65_536,
    digest: random.bytes(16),
  } as const;
  return [
    {
      ...greeting,
      wantsHello: true,
      headCount: 2,
      base: undefined,
      continues: undefined,
      begun: undefined,
      arrived: undefined,
      heard: undefined,
    },
    {
      ...greeting,
      wantsHello: false,
      headCount: 1024,
      base: { id: random.bytes(32) as VertexId, time: 2 ** 40 + 9 },
      begun: { tag: random.bytes(8), length: 70_000 },
      continues: random.bytes(8),
      arrived: { last: 2 ** 31 + 5, count: 70 },
      heard: { list: random.bytes(8), count: 300 },
    },
    { type: 'heads', list: epoch, start: 7, ids: ids() },
    { type: 'ask', ids: ids() },
    {
      type: 'answer',
      tag: random.bytes(8),
      held: [true, false, true, true, false, false, false, false, true],
    },
    { type: 'vertices', number: 2 ** 30 + 7, encodings: [random.bytes(100), random.bytes(200)] },
    {
      type: 'part',
      number: 3,
      tag: random.bytes(8),
      total: 100_000,
      offset: 4079,
      bytes: random.bytes(50),
    },
    { type: 'more', epoch, arrived: { last: 2 ** 30 + 8, count: 2 } },
    { type: 'want', epoch, ids: ids() },
    { type: 'done', epoch },
    { type: 'content', epoch },
    { type: 'want-snapshot', root: random.bytes(32), offset: 9, length: 65_536 },
    { type: 'snapshot', root: random.bytes(32), contentLength: 70_000 },
    { type: 'snapshot-part', tag: random.bytes(8), offset: 4083, bytes: random.bytes(50) },
  ];
}

async function recordCourse(): Promise<FrontierRecording['course']> {
  const random = createSimulationRandom('frontier course');
  const history = growHistory([0, 1, 1, 2, 4, 1]);
  const sides = [
    await createMember(random, { messageLength: 300 }),
    await createMember(random),
  ] as const;
  for (const [side, omitted] of [
    [sides[0], 4],
    [sides[1], 5],
  ] as const) {
    const left = history.vertices[omitted];
    const held = history.vertices.filter(
      (vertex) => left === undefined || !history.reaches(left, vertex),
    );
    await side.replica.receive(
      'own',
      held.map((vertex) => vertex.bytes),
    );
  }
  const course: { readonly from: number; readonly bytes: string }[] = [];
  const queue: { readonly from: 0 | 1; readonly message: Uint8Array }[] = [];
  const perform = async (from: 0 | 1, effects: readonly FrontierEffect[]) => {
    for (const effect of await sides[from].settle(effects)) {
      if (effect.kind === 'send') queue.push({ from, message: effect.message });
    }
  };
  await perform(0, sides[0].machine.connected());
  await perform(1, sides[1].machine.connected());
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    course.push({ from: next.from, bytes: next.message.toHex() });
    const to = next.from === 0 ? 1 : 0;
    await perform(to, sides[to].machine.receive(next.message));
  }
  return course;
}

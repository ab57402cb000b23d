import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { err, type Failure, ok, type Result } from '@pars/base';
import { createSimulationRandom, createVirtualTime, type VirtualTime } from '@pars/base/fakes';
import { type LinkPeer, meshErr, type NodeId, type RtcMeetings } from '@pars/mesh';
import { createMeetingTable, type MeetingTable } from './meeting-table.ts';

const peer = { nodeId: 'far' as NodeId } as LinkPeer;

describe('meetings of the API', () => {
  test('an offer takes its answer, and is over then', async () => {
    const { table, owner } = createTable();
    const { meetingId, text } = succeed(await table.offer(owner.signal));
    assert.equal(text, 'offer 1');
    assert.equal(codeOf(await table.wait(meetingId)), 'node/no-meeting');
    assert.equal(codeOf(await table.finish(meetingId, 'no answer')), 'mesh/bad-signal');
    assert.equal(succeed(await table.finish(meetingId, 'answer')), peer);
    assert.equal(codeOf(await table.finish(meetingId, 'answer')), 'node/no-meeting');
  });

  test('an offer whose connection failed is over', async () => {
    const { table, owner } = createTable();
    const { meetingId } = succeed(await table.offer(owner.signal));
    assert.equal(codeOf(await table.finish(meetingId, 'broken')), 'mesh/rtc-failed');
    assert.equal(codeOf(await table.finish(meetingId, 'answer')), 'node/no-meeting');
  });

  test('an answer waits for the link', async () => {
    const { table, owner, fake } = createTable();
    const { meetingId, text } = succeed(await table.answer('offer', owner.signal));
    assert.equal(text, 'answer to offer');
    assert.equal(codeOf(await table.finish(meetingId, 'answer')), 'node/no-meeting');
    const waiting = table.wait(meetingId);
    fake.link();
    assert.equal(succeed(await waiting), peer);
    assert.equal(codeOf(await table.wait(meetingId)), 'node/no-meeting');
    assert.equal(codeOf(await table.answer('bad', owner.signal)), 'mesh/bad-signal');
  });

  test('end with their connection, with the node, and when they are given up', async () => {
    const { table, owner, stopping, fake } = createTable();
    const other = new AbortController();
    succeed(await table.offer(owner.signal));
    const answered = succeed(await table.answer('offer', owner.signal));
    const waiting = table.wait(answered.meetingId);
    const kept = succeed(await table.offer(other.signal));
    owner.abort();
    assert.equal(codeOf(await waiting), 'mesh/aborted');
    assert.equal(fake.disposedCount(), 2);
    assert.equal(succeed(await table.finish(kept.meetingId, 'answer')), peer);

    const dropped = succeed(await table.offer(other.signal));
    table.cancel(dropped.meetingId);
    assert.equal(codeOf(await table.finish(dropped.meetingId, 'answer')), 'node/no-meeting');
    succeed(await table.offer(other.signal));
    stopping.abort();
    assert.equal(fake.disposedCount(), 5);
    assert.equal(codeOf(await table.offer(other.signal)), 'mesh/aborted');
    assert.equal(fake.disposedCount(), 6);
  });

  test('are few, and are forgotten when they are old', async () => {
    const { table, owner, time } = createTable();
    const first = succeed(await table.offer(owner.signal));
    assert.equal(first.expiresAtMs, time.clock.nowMs() + 600_000);
    for (let count = 1; count < 16; count += 1) succeed(await table.offer(owner.signal));
    assert.equal(codeOf(await table.offer(owner.signal)), 'mesh/too-many-signals');
    assert.equal(codeOf(await table.answer('offer', owner.signal)), 'mesh/too-many-signals');
    await time.advance(1_200_000);
    assert.equal(codeOf(await table.finish(first.meetingId, 'answer')), 'node/no-meeting');
    succeed(await table.offer(owner.signal));
  });
});

interface Fake {
  readonly meetings: RtcMeetings;
  /** Brings up the link that the last answer waits for. */
  readonly link: () => void;
  readonly disposedCount: () => number;
}

function createFake(): Fake {
  let offered = 0;
  let disposed = 0;
  let settle: (linked: Result<LinkPeer, Failure>) => void = () => undefined;
  const dispose = (): void => {
    disposed += 1;
  };
  const meetings: RtcMeetings = {
    async offer() {
      offered += 1;
      return ok({
        text: `offer ${offered}`,
        accept: async (answer) => {
          if (answer === 'broken') return meshErr('mesh/rtc-failed');
          return answer === 'answer' ? ok(peer) : meshErr('mesh/bad-signal');
        },
        [Symbol.dispose]: dispose,
      });
    },
    async answer(offer, signal) {
      if (offer !== 'offer') return meshErr('mesh/bad-signal');
      const link = new Promise<Result<LinkPeer, Failure>>((resolve) => {
        settle = resolve;
        signal?.addEventListener('abort', () => resolve(err('mesh/aborted')));
      });
      return ok({ text: `answer to ${offer}`, link, [Symbol.dispose]: dispose });
    },
  };
  return { meetings, link: () => settle(ok(peer)), disposedCount: () => disposed };
}

function createTable(): {
  readonly table: MeetingTable;
  readonly owner: AbortController;
  readonly stopping: AbortController;
  readonly fake: Fake;
  readonly time: VirtualTime;
} {
  const time = createVirtualTime();
  const fake = createFake();
  const stopping = new AbortController();
  const { clock, scheduler } = time;
  const random = createSimulationRandom('meetings');
  const { meetings } = fake;
  const table = createMeetingTable({ clock, scheduler, random, meetings }, stopping.signal);
  return { table, owner: new AbortController(), stopping, fake, time };
}

function succeed<T>(result: Result<T, Failure>): T {
  assert.ok(result.ok, result.ok ? '' : result.error.code);
  return result.value;
}

function codeOf(result: Result<unknown, Failure>): string {
  return result.ok ? 'ok' : result.error.code;
}

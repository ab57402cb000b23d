import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ByteStream, type Failure, ok, type Result } from '@pars/base';
import { byteStreamConformance } from '@pars/base/conformance';
import {
  channelCredit,
  meshErr,
  rtcEndpointFromDescription,
  rtcEndpointToDescription,
} from '@pars/mesh';
import { systemScheduler } from '../ports/system-scheduler.ts';
import { createNodeRtcEngine } from './rtc-engine.ts';
import { createMeetingDaemon, meet, untilLibraryWorks, whyNoWebRtc } from './rtc-fixture.ts';

const skip = await whyNoWebRtc();
const engine = createNodeRtcEngine({ scheduler: systemScheduler }, { bindAddress: '127.0.0.1' });

describe('data channels on loopback', { skip }, () => {
  const cases = byteStreamConformance(async () => {
    const [near, far] = await connectPair();
    return {
      near,
      far,
      maxInFlightBytes: channelCredit,
      settle: () => systemScheduler.sleep(200),
      dispose: async () => {
        near.abort();
        far.abort();
      },
    };
  });
  for (const { name, run } of cases) test(name, run);
});

describe('two daemons', { skip }, () => {
  test('meet by two texts, and talk inside our own link', async () => {
    await using alice = await createMeetingDaemon();
    await using bob = await createMeetingDaemon();
    const [near, far] = (await meet(alice, bob)).map(succeed);
    assert.equal(near?.nodeId, bob.host.nodeId);
    assert.equal(far?.nodeId, alice.host.nodeId);
    const stream = succeed(await alice.host.openStream(bob.host.nodeId, '/pars/echo/1'));
    const sent = Uint8Array.from({ length: 1_048_576 }, (_, index) => (index * 7) % 251);
    const echo = Array.fromAsync(stream.source);
    await stream.write(sent);
    await stream.closeWrite();
    assert.deepEqual(Buffer.concat(await echo), Buffer.from(sent));
  });

  test('notice when the other one goes', async () => {
    await using alice = await createMeetingDaemon();
    await using bob = await createMeetingDaemon();
    for (const peer of await meet(alice, bob)) succeed(peer);
    const isDown = new Promise<void>((resolve) => {
      alice.host.onLink(({ type }) => type === 'down' && resolve());
    });
    await bob.host.stop();
    await isDown;
    assert.deepEqual(alice.host.peers(), []);
  });

  test('an offer that two have seen links one of them', async () => {
    await using alice = await createMeetingDaemon();
    await using bob = await createMeetingDaemon();
    await using carol = await createMeetingDaemon();
    // Two persons photographed the offer: it is carol's answer that comes back.
    const [linked, refused] = await untilLibraryWorks(async () => {
      const offer = succeed(await alice.meetings.offer());
      const unused = succeed(await bob.meetings.answer(offer.text));
      const used = succeed(await carol.meetings.answer(offer.text));
      const near = await offer.accept(used.text);
      used[Symbol.dispose]();
      unused[Symbol.dispose]();
      return [near, ok(await unused.link)];
    });
    succeed(linked ?? meshErr('mesh/rtc-failed'));
    assert.equal(refused?.ok === true && refused.value.ok, false);
    assert.deepEqual(
      alice.host.peers().map(({ nodeId }) => nodeId),
      [carol.host.nodeId],
    );
    assert.deepEqual(bob.host.peers(), []);
  });
});

test('a platform without the binary says so', async () => {
  const without = createNodeRtcEngine({ scheduler: systemScheduler }, {}, () =>
    Promise.reject(new Error('Cannot find module')),
  );
  await assert.rejects(without.connect({ iceServers: [] }), { code: 'mesh/rtc-unavailable' });
});

async function connectPair(): Promise<readonly [ByteStream, ByteStream]> {
  const [near, far] = await untilLibraryWorks(async () => {
    const from = await engine.connect({ iceServers: [] });
    const to = await engine.connect({ iceServers: [] });
    const offer = rtcEndpointFromDescription(await from.createOffer(), 'offer');
    const answered = await to.createAnswer(rtcEndpointToDescription(succeed(offer), 'offer'));
    const answer = rtcEndpointFromDescription(answered, 'answer');
    try {
      await from.acceptAnswer(rtcEndpointToDescription(succeed(answer), 'answer'));
      return [ok(await from.opened()), ok(await to.opened())];
    } catch {
      return [meshErr('mesh/rtc-failed'), meshErr('mesh/rtc-failed')];
    }
  });
  assert.ok(near?.ok === true && far?.ok === true);
  return [near.value, far.value];
}

function succeed<T>(result: Result<T, Failure>): T {
  assert.ok(result.ok, result.ok ? '' : result.error.code);
  return result.value;
}

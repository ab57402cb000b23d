import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStreamPair, createVirtualTime } from '@pars/base/fakes';
import { createByteStreamWire } from './byte-stream-wire.ts';
import { handshakeTimeoutMs, runHandshake } from './link-driver.ts';
import { createLinkFixture } from './link-fixture.ts';

const link = await createLinkFixture('link driver');

describe('the driver', () => {
  test('carries a handshake over a stream and keeps what follows it', async () => {
    const time = createVirtualTime();
    const [near, far] = createStreamPair();
    const wire = createByteStreamWire(near);
    const farWire = createByteStreamWire(far);
    const answering = runHandshake(link.responder(), farWire, time);
    const dialled = await runHandshake(link.initiator(), wire, time);
    await near.write(Uint8Array.of(1, 2, 3));
    const answered = await answering;
    assert.ok(dialled.ok && answered.ok);
    assert.deepEqual(await farWire.read(3), Uint8Array.of(1, 2, 3));
    assert.equal(time.pendingCount, 0);
  });

  test('ends a handshake that stands still after ten seconds', async () => {
    const time = createVirtualTime();
    const [near, far] = createStreamPair();
    await near.write(Uint8Array.of(1, 1));
    const answering = runHandshake(link.responder(), createByteStreamWire(far), time);
    await time.advance(handshakeTimeoutMs - 1);
    assert.equal(time.pendingCount, 1);
    await time.advance(1);
    assert.equal(codeOf(await answering), 'mesh/handshake-timeout');
  });

  test('refuses foreign bytes at the third byte, without waiting for more', async () => {
    const time = createVirtualTime();
    const [near, far] = createStreamPair();
    await near.write(new TextEncoder().encode('GET / HTTP/1.1'));
    const answered = await runHandshake(link.responder(), createByteStreamWire(far), time);
    assert.equal(codeOf(answered), 'mesh/unknown-suite');
    assert.equal(time.pendingCount, 0);
  });

  test('notices the other side leaving', async () => {
    const time = createVirtualTime();
    const [near, far] = createStreamPair();
    const answering = runHandshake(link.responder(), createByteStreamWire(far), time);
    await near.closeWrite();
    assert.equal(codeOf(await answering), 'mesh/handshake-closed');
    const [lonely, gone] = createStreamPair();
    gone.abort();
    const dialled = await runHandshake(link.initiator(), createByteStreamWire(lonely), time);
    assert.equal(codeOf(dialled), 'mesh/handshake-closed');
  });

  test('obeys its signal', async () => {
    const time = createVirtualTime();
    const [near] = createStreamPair();
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const dialling = runHandshake(link.initiator(), createByteStreamWire(near), time, options);
    controller.abort();
    assert.equal(codeOf(await dialling), 'mesh/aborted');
    const [other] = createStreamPair();
    const late = await runHandshake(link.initiator(), createByteStreamWire(other), time, options);
    assert.equal(codeOf(late), 'mesh/aborted');
    assert.equal(time.pendingCount, 0);
  });
});

function codeOf(result: Awaited<ReturnType<typeof runHandshake>>): string {
  return result.ok ? 'linked' : result.error.code;
}

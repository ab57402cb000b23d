import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatMessage } from '@pars/api';
import { unwrap } from '@pars/base';
import { createRecordingLog } from '@pars/base/fakes';
import { createEventHub } from './event-hub.ts';

const message = (sequence: number): ChatMessage => ({
  messageId: `${sequence}`,
  sequence,
  with: `05${'0'.repeat(64)}`,
  direction: 'in',
  text: 'x',
  sentAtMs: 0,
  state: 'delivered',
});
const never = new AbortController().signal;

describe('event hub', () => {
  test('a watcher that does not read is closed after 1,024 events and keeps nothing', async () => {
    const hub = createEventHub(createRecordingLog());
    const watching = unwrap(hub.watchMessages(() => true, never))[Symbol.asyncIterator]();
    for (let count = 0; count < 1_025; count += 1) {
      hub.publish({ type: 'message', message: message(count) });
    }
    await assert.rejects(watching.next(), { code: 'node/slow-watcher' });
    assert.equal((await watching.next()).done, true);
  });

  test('64 watchers may be open, and closing one makes room, read or not', async () => {
    const hub = createEventHub(createRecordingLog());
    const open = Array.from({ length: 64 }, () => unwrap(hub.watchMessages(() => true, never)));
    const refused = hub.watchMessages(() => true, never);
    assert.equal(refused.ok ? '' : refused.error.code, 'node/too-many-watchers');
    await open[0]?.[Symbol.asyncIterator]().return?.();
    const stop = new AbortController();
    unwrap(hub.watchMessages(() => true, stop.signal));
    assert.equal(hub.watchMessages(() => true, never).ok, false);
    stop.abort();
    assert.equal(hub.watchMessages(() => true, never).ok, true);
  });

  test('locking ends watchers and drops what they did not read', async () => {
    const hub = createEventHub(createRecordingLog());
    const watching = unwrap(hub.watchMessages(() => true, never))[Symbol.asyncIterator]();
    hub.publish({ type: 'message', message: message(1) });
    hub.publish({ type: 'identity', state: 'locked' });
    assert.equal((await watching.next()).done, true);
  });

  test('a failing listener is logged and holds up nobody', () => {
    const log = createRecordingLog();
    const hub = createEventHub(log);
    const seen: string[] = [];
    hub.subscribe(() => {
      throw new Error('secret words');
    });
    const stop = hub.subscribe(({ type }) => seen.push(type));
    hub.publish({ type: 'identity', state: 'open' });
    stop();
    hub.publish({ type: 'identity', state: 'open' });
    assert.deepEqual(seen, ['identity']);
    assert.equal(JSON.stringify(log.entries).includes('secret words'), false);
    assert.equal(log.entriesOf('node/listener-failed').length, 2);
  });
});

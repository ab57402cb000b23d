import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ok, ParsError, unwrap } from '@pars/base';
import { createSimulationRandom, createVirtualTime } from '@pars/base/fakes';
import { createPieceQueue } from './piece-queue.ts';
import { createTransferTable, type Transfer } from './transfer-table.ts';

const anyKind = (transfer: Transfer): transfer is Transfer => transfer.kind === 'import';
const ended = { ok: false, error: { code: 'node/transfer-ended' } };

function setUp() {
  const { advance, scheduler } = createVirtualTime();
  const table = createTransferTable({ random: createSimulationRandom('transfers'), scheduler });
  let disposed = 0;
  const owner = new AbortController();
  const open = (signal: AbortSignal = owner.signal) =>
    table.add(signal, () => ({
      kind: 'import',
      async [Symbol.asyncDispose]() {
        disposed += 1;
      },
    }));
  return { advance, table, owner, open, disposed: () => disposed };
}

describe('transfers', () => {
  test('are four at most, and end with their connection', async () => {
    const { open, owner, table, disposed } = setUp();
    const ids = [open(), open(), open(), open()].map(unwrap);
    assert.deepEqual(open(), { ok: false, error: { code: 'node/too-many-transfers' } });
    owner.abort();
    await table.closeAll();
    assert.equal(disposed(), 4);
    assert.deepEqual(await table.use(ids[0] ?? '', anyKind, async () => ok(1)), ended);
    assert.deepEqual(open(), ended);
  });

  test('end after a minute without a call, and not during one', async () => {
    const { advance, disposed, open, table } = setUp();
    const id = unwrap(open());
    await advance(59_000);
    const { promise, resolve } = Promise.withResolvers<void>();
    const call = table.use(id, anyKind, async () => {
      await promise;
      return ok('done');
    });
    await advance(600_000);
    assert.deepEqual(await table.use(id, anyKind, async () => ok('second')), ended);
    resolve();
    assert.deepEqual(await call, ok('done'));
    assert.equal(disposed(), 0);
    await advance(60_000);
    assert.equal(disposed(), 1);
  });

  test('of another kind, or that nobody opened, have ended', async () => {
    const { open, table } = setUp();
    const id = unwrap(open());
    const isExport = (transfer: Transfer): transfer is Transfer => transfer.kind === 'export';
    assert.deepEqual(await table.use(id, isExport, async () => ok(1)), ended);
    assert.deepEqual(await table.use('00', anyKind, async () => ok(1)), ended);
  });

  test('that are closed during a call tell so instead of what broke', async () => {
    const { open, table } = setUp();
    const id = unwrap(open());
    const call = table.use(id, anyKind, async () => {
      await table.close(id);
      throw new ParsError('base/test');
    });
    assert.deepEqual(await call, ended);
  });
});

describe('pieces on their way', () => {
  test('are handed over one by one, each after the one before was used', async () => {
    const pieces = createPieceQueue();
    const reader = pieces[Symbol.asyncIterator]();
    let isTaken = false;
    const pushed = pieces.push(Uint8Array.of(1)).then((taken) => {
      isTaken = true;
      return taken;
    });
    assert.deepEqual((await reader.next()).value, Uint8Array.of(1));
    assert.equal(isTaken, false);
    const next = reader.next();
    assert.equal(await pushed, true);
    pieces.end();
    assert.equal((await next).done, true);
    assert.equal(await pieces.push(Uint8Array.of(2)), false);
  });

  test('are refused when the reader has enough, and missed by it when the writer is gone', async () => {
    const first = createPieceQueue();
    const reader = first[Symbol.asyncIterator]();
    const pushed = first.push(Uint8Array.of(1));
    await reader.next();
    await reader.return?.();
    assert.equal(await pushed, false);

    const second = createPieceQueue();
    const waiting = second[Symbol.asyncIterator]().next();
    second.abort(new ParsError('node/transfer-ended'));
    await assert.rejects(waiting, { code: 'node/transfer-ended' });
  });
});

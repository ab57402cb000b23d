import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { equalBytes, ok } from '@pars/base';
import { meshErr } from '../errors.ts';
import { dayFromSlot, type Parcel } from '../parcel/index.ts';
import {
  decodeKeeperMessage,
  encodeKeeperMessage,
  type KeeperMessage,
  noChallenge,
} from './keeper-message.ts';
import { keeperProof } from './keeper-proof.ts';
import { createKeeperServer } from './keeper-server.ts';
import { createMailboxFixture, mailboxNetwork, type TestKeeper } from './mailbox-fixture.ts';
import { piecesOfVisit } from './mailbox-network.ts';
import { shardItemOfParcel } from './shard-item.ts';
import { createShardRegister } from './shard-register.ts';

const idOf = (fill: number) => new Uint8Array(32).fill(fill);
const challenge = idOf(4);
const storeOf = (parcel: Parcel) =>
  encodeKeeperMessage({ type: 'store', challenge, parcel: parcel.bytes });
const shardDayOf = ({ header }: Parcel) => ({
  shard: header.shard,
  day: dayFromSlot(header.expirySlot),
});

function visitOf(parcel: Parcel, places: readonly number[]): Uint8Array {
  const item = shardItemOfParcel(parcel);
  const pieces = Array.from({ length: piecesOfVisit(mailboxNetwork) }, (_, at) => ({
    item,
    place: places[at] ?? 255,
  }));
  const shardDay = shardDayOf(parcel);
  return encodeKeeperMessage({ type: 'visit', shardDay, listing: 'range', from: 0n, pieces });
}

function read(keeper: TestKeeper, message: Uint8Array, nowMs?: number): KeeperMessage | undefined {
  const answer = keeper.ask('client', message, nowMs).message;
  const decoded = answer && decodeKeeperMessage(answer);
  return decoded?.ok === true ? decoded.value : undefined;
}

describe('a keeper', () => {
  test('gives a receipt only for what its store took, and only for its shards', async () => {
    const fixture = createMailboxFixture('keeper');
    const { symmetric } = fixture;
    const parcel = await fixture.make();
    const register = createShardRegister(mailboxNetwork);
    const server = createKeeperServer({
      symmetric,
      network: mailboxNetwork,
      register,
      ownId: idOf(1),
    });
    const reasonOf = (
      isResponsible: boolean,
      code?: 'mesh/parcel-store-full' | 'mesh/underpaid',
    ) => {
      const [prepare] = server.receive('a', storeOf(parcel), 0);
      assert.ok(prepare?.kind === 'prepare');
      const [admit] = server.prepared(prepare.ticket, isResponsible);
      const answers =
        admit?.kind !== 'admit'
          ? [admit]
          : server.admitted(admit.ticket, code === undefined ? ok('stored') : meshErr(code));
      const [last] = answers;
      assert.ok(last?.kind === 'answer');
      const message = decodeKeeperMessage(last.message);
      assert.ok(message.ok);
      return message.value.type === 'refused' ? message.value.reason : message.value.type;
    };
    assert.equal(reasonOf(false), 2);
    assert.equal(reasonOf(true, 'mesh/parcel-store-full'), 1);
    assert.equal(reasonOf(true, 'mesh/underpaid'), 3);
    assert.equal(reasonOf(true), 'stored');
    const changed = storeOf(parcel);
    changed[900] = (changed[900] ?? 0) ^ 1;
    const codes = server
      .receive('a', changed, 0)
      .flatMap((effect) => (effect.kind === 'misbehaved' ? [effect.failure.code] : []));
    assert.deepEqual(codes, ['mesh/bad-parcel']);
  });

  test('every answer to a visit has one length, whatever is there', async () => {
    const fixture = createMailboxFixture('lengths');
    const keeper = fixture.createKeeper(idOf(1));
    const parcels = [await fixture.make({ bucket: 2 }), await fixture.make(), await fixture.make()];
    const [held, lost, never] = parcels;
    assert.ok(held && lost && never);
    keeper.hold(held);
    keeper.hold(lost);
    keeper.lose(lost);
    const lengths = parcels.map(
      (parcel) => keeper.ask('a', visitOf(parcel, [0, 1])).message?.length,
    );
    assert.deepEqual(new Set(lengths).size, 1);
    const answer = read(keeper, visitOf(held, [0, 1, 2]));
    assert.ok(answer?.type === 'visited');
    const [first, second, beyond] = answer.pieces;
    assert.deepEqual(first, held.bytes.slice(0, 4_096));
    assert.deepEqual(second, held.bytes.slice(4_096));
    assert.equal(beyond, undefined);
    // What turned out to be gone is listed no more.
    assert.equal(answer.count, 1);
  });

  test('proves what it has with its own name, and says what it lacks', async () => {
    const fixture = createMailboxFixture('proofs');
    const keeper = fixture.createKeeper(idOf(1));
    const [held, other] = [await fixture.make(), await fixture.make()];
    keeper.hold(held);
    const items = [held, other].map(shardItemOfParcel);
    const shardDay = shardDayOf(held);
    const lacking = read(keeper, encodeKeeperMessage({ type: 'offer', shardDay, items }));
    assert.deepEqual(lacking?.type === 'lacking' && lacking.isLacking, [false, true]);
    const prove = encodeKeeperMessage({ type: 'prove', shardDay, challenge, items });
    const proofs = read(keeper, prove);
    assert.ok(proofs?.type === 'proofs');
    const { symmetric } = fixture;
    const expected = keeperProof(symmetric, challenge, idOf(1), held.bytes);
    assert.deepEqual(proofs.proofs, [expected, idOf(0)]);
    // Whoever passes the question on to another keeper gets a proof of that one.
    assert.ok(!equalBytes(expected, keeperProof(symmetric, challenge, idOf(2), held.bytes)));
  });

  test('who asks or stores too often is refused, and others are not', async () => {
    const fixture = createMailboxFixture('flood');
    const keeper = fixture.createKeeper(idOf(1));
    const parcel = await fixture.make();
    const visit = visitOf(parcel, []);
    const answers = Array.from({ length: 70 }, () => keeper.ask('greedy', visit, 0));
    const refused = answers.filter(({ failures }) => failures.includes('mesh/keeper-flood'));
    assert.equal(refused.length, 6);
    const reply = decodeKeeperMessage(refused[0]?.message ?? new Uint8Array(0));
    assert.deepEqual(reply.ok && reply.value, {
      type: 'refused',
      reason: 4,
      challenge: noChallenge,
    });
    assert.deepEqual(keeper.ask('modest', visit, 0).failures, []);
    assert.deepEqual(keeper.ask('greedy', visit, 10_000).failures, []);
    const large = await fixture.make({ bucket: 5 });
    const stores = Array.from({ length: 20 }, () => keeper.ask('greedy', storeOf(large), 0));
    assert.equal(stores.filter(({ failures }) => failures.length > 0).length, 4);
  });

  test('holds a bounded number of questions, and abandoned ones are forgotten', async () => {
    const fixture = createMailboxFixture('tickets');
    const { server } = fixture.createKeeper(idOf(1));
    const visit = visitOf(await fixture.make(), []);
    const kinds = Array.from({ length: 20 }, () => server.receive('a', visit, 0)[0]?.kind);
    assert.equal(kinds.filter((kind) => kind === 'prepare').length, 16);
    assert.equal(server.receive('b', visit, 0)[0]?.kind, 'prepare');
    server.abandon(1);
    assert.deepEqual(server.prepared(1, true), []);
    assert.equal(server.receive('a', visit, 0)[0]?.kind, 'prepare');
  });

  test('nobody fills a shard: a source has an eighth, and the price of a place doubles', async () => {
    const small = { ...mailboxNetwork.mailbox, shardParcels: 64 };
    const register = createShardRegister({ ...mailboxNetwork, mailbox: small });
    const fixture = createMailboxFixture('filling');
    const parcel = await fixture.make();
    const shardDay = shardDayOf(parcel);
    register.load(shardDay, []);
    const cheap = { priority: 'normal', level: 0 } as const;
    const add = (source: string) => {
      const { expirySlot, priority, shard } = parcel.header;
      const id = fixture.random.bytes(32) as Parcel['id'];
      const tag = fixture.random.bytes(32);
      register.add({ id, tag, shard, expirySlot, priority, level: 0, sizeBytes: 1_024 }, source);
    };
    for (let time = 0; time < 8; time += 1) add('flooder');
    assert.equal(register.hasRoom(shardDay, cheap, 'flooder'), false);
    assert.equal(register.hasRoom(shardDay, cheap, 'other'), true);
    for (let time = 0; time < 24; time += 1) add(`name ${time % 6}`);
    assert.equal(register.hasRoom(shardDay, cheap, 'new'), false);
    assert.equal(register.hasRoom(shardDay, { ...cheap, level: 1 }, 'new'), true);
    for (let time = 0; time < 16; time += 1) add(`more ${time % 6}`);
    assert.equal(register.hasRoom(shardDay, { ...cheap, level: 1 }, 'new'), false);
    assert.equal(register.hasRoom(shardDay, { ...cheap, level: 2 }, 'new'), true);
    assert.equal(register.hasRoom(shardDay, { priority: 'high', level: 0 }, 'new'), true);
  });
});

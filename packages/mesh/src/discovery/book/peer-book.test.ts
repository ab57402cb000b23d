import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { base32, unwrap } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import type { KeyFingerprint } from '../../node-id.ts';
import { networkGroup } from '../address/index.ts';
import { bestSource, entryAddresses } from './book-entry.ts';
import { bookBounds, openPeerBook, type PeerBook } from './peer-book.ts';

const random = createSimulationRandom('peer book');
const dayMs = 86_400_000;
const open = (kept?: Uint8Array): PeerBook => unwrap(openPeerBook({ random }, kept));
const key = () => base32.encode(random.bytes(32)) as KeyFingerprint;
const route = (network: number, host = random.below(65_536)) =>
  `/ip4/${44 + (network >> 8)}.${network & 255}.${host >> 8}.${host & 255}/tcp/4001`;
const wish = { nowMs: 0, count: 8, linked: new Set<KeyFingerprint>(), networks: new Set<string>() };

describe('a book', () => {
  test('cannot be filled by one teller, one network or one source', () => {
    const book = open();
    for (let at = 0; at < 1_000; at += 1)
      book.note(`${route(at % 200)}#${key()}`, 'answer', at, 'liar');
    assert.equal(book.size, bookBounds.byTeller);
    for (let at = 0; at < 1_000; at += 1)
      book.note(`${route(201)}#${key()}`, 'answer', at, `${at}`);
    assert.equal(book.size, bookBounds.byTeller + bookBounds.inNetwork);
    for (let at = 0; at < 1_200; at += 1)
      book.note(`${route(at % 1_000)}#${key()}`, 'answer', at, `${at}`);
    assert.ok(book.size <= bookBounds.fromSource.answer);
    const user = key();
    book.note(`${route(1)}#${user}`, 'user', 0);
    for (let at = 0; at < 300; at += 1) book.note(`${route(at)}#${key()}`, 'list', at);
    for (let at = 0; at < 500; at += 1) book.note(`${route(at)}#${key()}`, 'answer', at, `x${at}`);
    assert.notEqual(book.get(user), undefined);
    assert.ok(book.size <= bookBounds.heard);
  });

  test('holds at most 512 nodes that were reached, of as many networks as it can', () => {
    const book = open();
    const rare = key();
    book.succeeded(rare, route(900), 'answer', 1);
    for (let at = 0; at < 540; at += 1) book.succeeded(key(), route(at % 3), 'answer', at + 2);
    assert.equal(book.size, bookBounds.proven);
    assert.notEqual(book.get(rare), undefined);
  });

  test('refuses what strangers say of private hosts and names, and keeps what the owner says', () => {
    const book = open();
    const codeOf = (address: string, source: 'answer' | 'bundle' | 'list' | 'lan' | 'user') => {
      const noted = book.note(address, source, 0);
      return noted.ok ? 'ok' : noted.error.code;
    };
    const inside = `/ip4/192.168.1.1/tcp/80#${key()}`;
    for (const source of ['answer', 'bundle', 'list'] as const) {
      assert.equal(codeOf(inside, source), 'mesh/address-refused');
    }
    assert.equal(
      codeOf(`/dns4/a.example/tcp/443/tls/ws#${key()}`, 'answer'),
      'mesh/address-refused',
    );
    assert.equal(codeOf(inside, 'lan'), 'ok');
    assert.equal(codeOf(`/ip4/127.0.0.1/tcp/1#${key()}`, 'user'), 'ok');
    assert.equal(codeOf('/ip4/44.1.1.1/tcp/1', 'user'), 'mesh/bad-address');
  });

  test('keeps a relayed way with the id that its relay has to know, over a restart', () => {
    const book = open();
    const id = '12D3KooWRBhwfeP2Y4TCx1SM6s9rUoHhR5STiGwxBhgFRcw3UERE';
    const [node, teller] = [key(), key()];
    const relayed = `/ip4/44.1.2.3/tcp/1/p2p/${id}/p2p-circuit/p2p/${id}#${node}`;
    assert.equal(book.note(relayed, 'user', 0).ok, true);
    assert.equal(book.note(relayed.replace(node, teller), 'answer', 0).ok, false);
    const [entry] = open(book.encode()).entries();
    assert.deepEqual(entryAddresses(entry ?? assert.fail()), [relayed]);
  });

  test('does not let a stranger push out a proven way to a node', () => {
    const book = open();
    const known = key();
    book.succeeded(known, route(1, 1), 'answer', 0);
    for (let at = 0; at < 20; at += 1) book.note(`${route(at + 2)}#${known}`, 'answer', 1, `${at}`);
    const entry = book.get(known) ?? assert.fail();
    assert.equal(entry.routes[0]?.route, route(1, 1));
    assert.equal(entry.routes.length, 4);
  });

  test('forgets a node after three failures, but never because of an outage', () => {
    const book = open();
    const [gone, other] = [key(), key()];
    book.succeeded(gone, route(1), 'answer', 0);
    book.succeeded(other, route(2), 'answer', 0);
    // An hour without uplink: everybody fails.
    for (let at = 0; at < 50; at += 1) book.failed(gone, 3_600_000 + at * 60_000);
    assert.notEqual(book.get(gone), undefined);
    book.succeeded(other, route(2), 'answer', 9_000_000);
    book.failed(gone, 9_000_001);
    book.failed(gone, 9_000_002);
    assert.notEqual(book.get(gone), undefined);
    book.failed(gone, 9_000_003);
    assert.equal(book.get(gone), undefined);
    // The clock was wrong by days, and is set back during an outage.
    book.succeeded(other, route(2), 'answer', 9 * dayMs);
    for (let at = 0; at < 9; at += 1) book.failed(other, 2 * dayMs + at * 60_000);
    assert.notEqual(book.get(other), undefined);
  });

  test('gives the local network half of the dials at most, however much it announces', () => {
    const book = open();
    for (let at = 0; at < 500; at += 1)
      book.note(`/ip4/10.0.0.${at % 200}/tcp/1#${key()}`, 'lan', 0);
    for (let at = 0; at < 20; at += 1) book.note(`${route(at)}#${key()}`, 'list', 0);
    const entries = book.toDial({ ...wish, count: 4 });
    assert.equal(entries.length, 4);
    assert.equal(entries.filter((entry) => bestSource(entry) === 'lan').length, 2);
  });

  test('waits longer after each failure, and not after a sleep', () => {
    const book = open();
    const node = key();
    book.note(`${route(1)}#${node}`, 'list', 0);
    const isDue = (nowMs: number) => book.toDial({ ...wish, nowMs }).length === 1;
    assert.equal(isDue(1), true);
    book.failed(node, 1_000);
    assert.equal(isDue(2_000), false);
    assert.equal(isDue(17_000), true);
    book.forgive();
    assert.equal(isDue(1_001), true);
    // A clock that was set back does not lock anybody out.
    book.failed(node, 50_000);
    assert.equal(isDue(0), true);
  });
});

describe('anchors', () => {
  test('are those that were reached on most days, of different networks, and are dialled first', () => {
    const book = open();
    const anchors = [1, 2, 3, 4].map((network) => {
      const node = key();
      for (let day = 1; day <= 10; day += 1)
        book.succeeded(node, route(network, 7), 'answer', day * dayMs);
      return node;
    });
    const twin = key();
    for (let day = 1; day <= 9; day += 1) book.succeeded(twin, route(1), 'answer', day * dayMs);
    for (let at = 0; at < 100; at += 1) book.note(`${route(at + 10)}#${key()}`, 'list', 0);
    assert.deepEqual(
      new Set(book.anchors().map(({ fingerprint }) => fingerprint)),
      new Set(anchors),
    );
    const again = open(book.encode());
    const first = again.toDial({ ...wish, nowMs: 12 * dayMs }).slice(0, 4);
    assert.deepEqual(new Set(first.map(({ fingerprint }) => fingerprint)), new Set(anchors));
  });

  test('and others are dialled in different networks where there are some', () => {
    const book = open();
    for (let at = 0; at < 60; at += 1) book.note(`${route(at % 6)}#${key()}`, 'list', 0);
    const groups = book
      .toDial({ ...wish, count: 6 })
      .map(({ routes }) => networkGroup(routes[0]?.route ?? ''));
    assert.equal(new Set(groups).size, 6);
    const more = book.toDial({ ...wish, count: 10 });
    assert.equal(more.length, 10);
  });
});

describe('what is kept', () => {
  test('has days in the place of times, and nothing of local networks and tellers', () => {
    const book = open();
    const [public_, lan] = [key(), key()];
    book.succeeded(public_, route(1, 1), 'list', 5 * dayMs + 12_345);
    book.note(`/ip4/192.168.7.7/tcp/1#${public_}`, 'lan', 5 * dayMs);
    book.succeeded(lan, '/ip4/192.168.7.8/tcp/1', 'lan', 5 * dayMs);
    book.note(`${route(2, 2)}#${key()}`, 'answer', 0, 'somebody');
    const again = open(book.encode());
    assert.equal(again.size, 2);
    const entry = again.get(public_) ?? assert.fail();
    assert.equal(entry.successMs, 5 * dayMs);
    assert.equal(entry.provenDays, 1);
    assert.deepEqual(
      entry.routes.map((one) => one.route),
      [route(1, 1)],
    );
    const text = Buffer.from(book.encode()).toString('latin1');
    assert.ok(!text.includes('192.168') && !text.includes('somebody'));
  });

  test('is bounded, and refused when damaged', () => {
    const book = open();
    for (let at = 0; at < 530; at += 1) book.succeeded(key(), route(at), 'answer', at * dayMs);
    const bytes = book.encode();
    assert.ok(bytes.length < 65_536, `${bytes.length}`);
    assert.equal(open(bytes).size, bookBounds.proven);
    const damaged = openPeerBook({ random }, bytes.subarray(0, -1));
    assert.equal(damaged.ok ? '' : damaged.error.code, 'mesh/bad-peer-book');
  });
});

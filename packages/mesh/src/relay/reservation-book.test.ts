import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LinkAddress, linkAddressFromText } from '../link-address.ts';
import type { NodeId } from '../mesh-host.ts';
import { nodeIdFromClassicalKey } from '../node-id.ts';
import { relayedRoute } from './relay-route.ts';
import { createReservationBook } from './reservation-book.ts';

const ids = [1, 2, 3, 4].map((byte) => nodeIdFromClassicalKey(new Uint8Array(32).fill(byte)));
const [one, two, three] = [0, 1, 2].map((index) => `/ip4/192.0.2.${index}/tcp/1/p2p/${ids[index]}`);
const candidates = [one ?? '', two ?? '', three ?? ''];
const grant = { seconds: 1_000, kibibytes: 1, bytesPerSecond: 1 };

describe('a book of reservations', () => {
  test('asks for as many as are wanted, the best first', () => {
    const book = createReservationBook(2);
    assert.deepEqual(routesOf(book.due(candidates, 0)), [
      '/ip4/192.0.2.0/tcp/1',
      '/ip4/192.0.2.1/tcp/1',
    ]);
    book.granted(address(one), idOf(0), grant, 0);
    assert.deepEqual(routesOf(book.due(candidates, 0)), ['/ip4/192.0.2.1/tcp/1']);
    book.granted(address(two), idOf(1), grant, 0);
    assert.deepEqual(book.due(candidates, 0), []);
    assert.equal(book.held(0).length, 2);
  });

  test('asks again at half of the time, and forgets what ran out', () => {
    const book = createReservationBook(1);
    book.granted(address(one), idOf(0), grant, 0);
    assert.equal(book.nextMs(0), 60_000, 'looks every minute at least');
    assert.equal(book.nextMs(450_000), 500_000);
    assert.deepEqual(book.due(candidates, 499_999), []);
    assert.deepEqual(routesOf(book.due(candidates, 500_000)), ['/ip4/192.0.2.0/tcp/1']);
    assert.ok(book.holds(idOf(0), 999_999));
    assert.deepEqual(book.held(1_000_000), []);
  });

  test('is not made to ask without end by a relay that grants no time', () => {
    const book = createReservationBook(1);
    book.granted(address(one), idOf(0), { ...grant, seconds: 1 }, 0);
    assert.equal(book.nextMs(0), 30_000);
  });

  test('takes the next one for a relay that fails, and tries that again later and later', () => {
    const book = createReservationBook(1);
    book.failed(address(one), 0, 0);
    assert.deepEqual(routesOf(book.due(candidates, 0)), ['/ip4/192.0.2.1/tcp/1']);
    assert.deepEqual(routesOf(book.due(candidates, 10_000)), ['/ip4/192.0.2.0/tcp/1']);
    book.failed(address(one), 10_000, 1);
    assert.deepEqual(routesOf(book.due(candidates, 39_999)), ['/ip4/192.0.2.1/tcp/1']);
    assert.deepEqual(routesOf(book.due(candidates, 40_000)), ['/ip4/192.0.2.0/tcp/1']);
    for (let round = 0; round < 100; round += 1) book.failed(address(one), 0, 0);
    assert.deepEqual(routesOf(book.due([candidates[0] ?? ''], 599_999)), []);
    assert.deepEqual(routesOf(book.due([candidates[0] ?? ''], 600_000)), ['/ip4/192.0.2.0/tcp/1']);
  });

  test('has none at a relay whose link is gone', () => {
    const book = createReservationBook(1);
    book.granted(address(one), idOf(0), grant, 0);
    assert.ok(book.lost(idOf(0), 0));
    assert.equal(book.lost(idOf(0), 0), false);
    assert.equal(book.holds(idOf(0), 1), false);
    assert.equal(book.due(candidates, 1).length, 1);
  });

  test('is not made to dial without end by a relay that drops whom it has just granted one', () => {
    const book = createReservationBook(1);
    const only = candidates.slice(0, 1);
    let [nowMs, dials] = [0, 0];
    for (; nowMs < 600_000; nowMs += 1_000) {
      if (book.due(only, nowMs).length === 0) continue;
      dials += 1;
      book.granted(address(one), idOf(0), grant, nowMs);
      book.lost(idOf(0), nowMs);
    }
    assert.equal(dials, 6);
    // Who keeps his word for a minute is trusted anew, and asked again at once.
    book.granted(address(one), idOf(0), grant, nowMs);
    book.lost(idOf(0), nowMs + 60_000);
    assert.equal(book.due(only, nowMs + 60_000).length, 1);
    book.granted(address(one), idOf(0), grant, nowMs);
    book.lost(idOf(0), nowMs);
    assert.equal(book.due(only, nowMs + 60_000).length, 1);
  });

  test('does not ask for one through another relay, nor at what is no address', () => {
    const book = createReservationBook(3);
    const relayed = `${relayedRoute('/ip4/192.0.2.9/tcp/1', idOf(3))}/p2p/${idOf(2)}`;
    assert.deepEqual(book.due([relayed, 'no address', ''], 0), []);
  });
});

function address(text: string | undefined): LinkAddress {
  const parsed = linkAddressFromText(text ?? '');
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value;
}

function idOf(index: number): NodeId {
  const id = ids[index];
  if (id === undefined) throw new Error('no such id');
  return id;
}

function routesOf(addresses: readonly LinkAddress[]): readonly string[] {
  return addresses.map(({ route }) => route);
}

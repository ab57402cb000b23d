import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { NodeId } from '../mesh-host.ts';
import { createRelayLedger, type RelayClientRef, type RelayPlace } from './relay-ledger.ts';
import { relayLimits } from './relay-limits.ts';

const limits = relayLimits({
  maxReservations: 6,
  maxReservationsPerSource: 4,
  reservationSeconds: 100,
  maxConnections: 6,
  maxConnectionsPerSource: 4,
  maxConnectionsPerDialer: 2,
  maxConnectionsPerTarget: 3,
});

describe('reservations', () => {
  test('end with their time unless they are asked for again', () => {
    const ledger = createRelayLedger(limits);
    assert.ok(ledger.reserve(client('a', 1), 0).ok);
    assert.ok(ledger.holds(id('a'), 99_999));
    assert.ok(ledger.reserve(client('a', 1), 60_000).ok);
    assert.ok(ledger.holds(id('a'), 159_999));
    assert.equal(ledger.holds(id('a'), 160_000), false);
    assert.equal(codeOf(connect(ledger, client('b', 2), 'a', 160_000)), 'mesh/relay-no-target');
    assert.equal(ledger.reservationCount, 0);
  });

  test('end with the link', () => {
    const ledger = createRelayLedger(limits);
    ledger.reserve(client('a', 1), 0);
    ledger.release(id('a'));
    assert.equal(ledger.holds(id('a'), 1), false);
  });

  test('of one source are bounded, also when a node moves there', () => {
    const ledger = createRelayLedger(limits);
    for (const name of ['a', 'b', 'c', 'd']) assert.ok(ledger.reserve(client(name, 1), 0).ok);
    assert.equal(codeOf(ledger.reserve(client('e', 1), 0)), 'mesh/relay-busy');
    assert.ok(ledger.reserve(client('e', 2), 0).ok);
    assert.equal(codeOf(ledger.reserve(client('e', 1), 0)), 'mesh/relay-busy');
    assert.ok(ledger.reserve(client('a', 1), 0).ok, 'an old one goes on');
  });

  test('of the busiest source give way when all are taken, down to its share', () => {
    const ledger = createRelayLedger(limits);
    for (const name of ['a', 'b', 'c', 'd']) ledger.reserve(client(name, 1), 0);
    for (const name of ['e', 'f']) ledger.reserve(client(name, 2), 0);
    assert.ok(ledger.reserve(client('g', 3), 0).ok);
    assert.equal(ledger.holds(id('d'), 1), false, 'the newest of the busiest');
    assert.ok(ledger.reserve(client('h', 3), 0).ok);
    assert.equal(codeOf(ledger.reserve(client('i', 3), 0)), 'mesh/relay-full');
    assert.equal(ledger.reservationCount, 6);
  });

  test('are asked for too often by one source only', () => {
    const ledger = createRelayLedger(limits);
    const codes = Array.from({ length: 70 }, () => codeOf(ledger.reserve(client('a', 1), 0)));
    assert.equal(codes.filter((code) => code === 'mesh/relay-busy').length, 6);
    assert.ok(ledger.reserve(client('b', 2), 0).ok);
    assert.ok(ledger.reserve(client('a', 1), 1_000).ok);
  });
});

describe('relayed connections', () => {
  test('need a reservation, and another node than the dialer', () => {
    const ledger = createRelayLedger(limits);
    assert.equal(codeOf(connect(ledger, client('a', 1), 'b', 0)), 'mesh/relay-no-target');
    ledger.reserve(client('a', 1), 0);
    assert.equal(codeOf(connect(ledger, client('a', 1), 'a', 0)), 'mesh/relay-no-target');
    assert.ok(connect(ledger, client('b', 1), 'a', 0).ok);
  });

  test('are bounded by dialer, by target and by source', () => {
    const ledger = createRelayLedger(limits);
    for (const name of ['t', 'u', 'v']) ledger.reserve(client(name, 9), 0);
    assert.ok(connect(ledger, client('a', 1), 't', 0).ok);
    assert.ok(connect(ledger, client('a', 1), 't', 0).ok);
    assert.equal(codeOf(connect(ledger, client('a', 1), 'u', 0)), 'mesh/relay-busy');
    assert.ok(connect(ledger, client('b', 1), 't', 0).ok);
    assert.equal(codeOf(connect(ledger, client('c', 2), 't', 0)), 'mesh/relay-busy');
    const last = connect(ledger, client('b', 1), 'u', 0);
    assert.ok(last.ok);
    assert.equal(codeOf(connect(ledger, client('d', 1), 'v', 0)), 'mesh/relay-busy');
    last.value.end();
    last.value.end();
    assert.ok(connect(ledger, client('d', 1), 'v', 0).ok);
  });

  test('of the busiest source give way when all are taken', () => {
    const ledger = createRelayLedger(limits);
    for (const name of ['t', 'u', 'v']) ledger.reserve(client(name, 9), 0);
    const displaced: string[] = [];
    const targets = ['t', 't', 'u', 'u', 'v', 'v'];
    for (const [index, target] of targets.entries()) {
      const from = client(`dialer ${index}`, index < 4 ? 1 : 2);
      assert.ok(connect(ledger, from, target, 0, () => displaced.push(from.nodeId)).ok);
    }
    assert.ok(connect(ledger, client('new', 3), 't', 0).ok);
    assert.deepEqual(displaced, ['dialer 3']);
    assert.equal(ledger.connectionCount, 6);
  });
});

test('no order of requests gets beyond the limits', () => {
  const request = fc.record({
    kind: fc.constantFrom('reserve', 'connect', 'end', 'release', 'wait'),
    node: fc.integer({ min: 0, max: 20 }),
    source: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 200 }), (requests) => {
      const ledger = createRelayLedger(limits);
      const open = new Map<RelayPlace, string>();
      let nowMs = 0;
      for (const { kind, node, source } of requests) {
        const from = client(`n${node}`, source);
        const [place] = open.keys();
        if (kind === 'wait') nowMs += node * 5_000;
        else if (kind === 'reserve') ledger.reserve(from, nowMs);
        else if (kind === 'release') ledger.release(from.nodeId);
        else if (kind === 'end' && place !== undefined) {
          place.end();
          open.delete(place);
        } else if (kind === 'connect') {
          let taken: RelayPlace | undefined;
          const result = ledger.connect(from, id(`n${(node + 1) % 20}`), nowMs, () => {
            if (taken !== undefined) open.delete(taken);
          });
          if (result.ok) {
            taken = result.value;
            open.set(taken, from.source);
          }
        }
        assert.ok(ledger.reservationCount <= limits.maxReservations);
        assert.equal(ledger.connectionCount, open.size);
        assert.ok(open.size <= limits.maxConnections);
        const ofSource = [...open.values()].filter((held) => held === from.source).length;
        assert.ok(ofSource <= limits.maxConnectionsPerSource);
      }
    }),
  );
});

test('limits below what a handshake and a chat need are refused', () => {
  for (const wanted of [
    { bytesPerSecond: 4_095 },
    { kibibytesPerConnection: 0 },
    { maxReservations: -1 },
    { idleSeconds: 1 },
    { reservationSeconds: 0.5 },
  ]) {
    assert.throws(() => relayLimits(wanted), { code: 'mesh/relay-limits' });
  }
  assert.equal(relayLimits({ bytesPerSecond: 4_096 }).bytesPerSecond, 4_096);
});

function client(name: string, source: number): RelayClientRef {
  return { nodeId: id(name), source: `ip4/192.0.2.${source}` };
}

function id(name: string): NodeId {
  return name as NodeId;
}

function connect(
  ledger: ReturnType<typeof createRelayLedger>,
  dialer: RelayClientRef,
  target: string,
  nowMs: number,
  onDisplaced: () => void = () => undefined,
) {
  return ledger.connect(dialer, id(target), nowMs, onDisplaced);
}

function codeOf(result: {
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}): string {
  return result.error?.code ?? 'ok';
}

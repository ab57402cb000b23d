import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isNodeId, nodeIdFromClassicalKey } from '../node-id.ts';
import {
  decodeRelayGrant,
  decodeRelayRequest,
  encodeRelayGrant,
  encodeRelayRequest,
  judgeAnswer,
  refusalByte,
  requestRest,
} from './relay-message.ts';
import { isRelayed, relayedRoute, relayOfRoute } from './relay-route.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('a message of the relay protocol', () => {
  test('that asks for a node is read as it was written', () => {
    fc.assert(
      fc.property(key, (bytes) => {
        const target = nodeIdFromClassicalKey(bytes);
        assert.ok(isNodeId(target));
        const written = encodeRelayRequest({ kind: 'connect', target });
        assert.ok(written.ok);
        const [type = 0] = written.value;
        const rest = requestRest(type);
        assert.ok(rest.ok);
        assert.equal(written.value.length, 1 + rest.value);
        assert.deepEqual(decodeRelayRequest(type, written.value.subarray(1)), {
          kind: 'connect',
          target,
        });
      }),
    );
    const reserve = encodeRelayRequest({ kind: 'reserve' });
    assert.deepEqual(reserve.ok && [...reserve.value], [1]);
  });

  test('has one of two types, or is refused', () => {
    for (let type = 0; type < 256; type += 1) {
      assert.equal(requestRest(type).ok, type === 1 || type === 2);
    }
    assert.equal(requestRest(undefined).ok, false);
  });

  test('that grants is read as it was written; one that grants nothing is refused', () => {
    const number = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(number, number, number, (seconds, kibibytes, bytesPerSecond) => {
        const grant = { seconds, kibibytes, bytesPerSecond };
        const bytes = encodeRelayGrant(grant);
        assert.equal(bytes[0], 0);
        const read = decodeRelayGrant(bytes.subarray(1));
        assert.equal(read.ok, seconds * kibibytes * bytesPerSecond > 0);
        if (read.ok) assert.deepEqual(read.value, grant);
      }),
    );
    assert.equal(decodeRelayGrant(new Uint8Array(11)).ok, false);
  });

  test('that refuses says one of four things, any other byte none', () => {
    for (const code of ['full', 'busy', 'no-target', 'refused'].map((end) => `mesh/relay-${end}`)) {
      const judged = judgeAnswer(refusalByte(code));
      assert.equal(judged.ok ? 'accepted' : judged.error.code, code);
    }
    assert.ok(judgeAnswer(0).ok);
    const judged = judgeAnswer(5);
    assert.equal(judged.ok ? 'accepted' : judged.error.code, 'mesh/bad-relay-message');
  });
});

describe('a relayed route', () => {
  test('gives back its relay, and nothing else does', () => {
    fc.assert(
      fc.property(
        key,
        fc.constantFrom('/ip4/192.0.2.1/tcp/1', '/dns4/a.example/tcp/1/ws'),
        (bytes, route) => {
          const relayId = nodeIdFromClassicalKey(bytes);
          const relayed = relayedRoute(route, relayId);
          assert.ok(isRelayed(relayed));
          assert.ok(isRelayed(`${relayed}/p2p/${relayId}`));
          const relay = relayOfRoute(relayed);
          assert.equal(relay?.route, route);
          assert.equal(relay?.nodeId, relayId);
          assert.equal(relayOfRoute(route), undefined);
          assert.equal(
            relayOfRoute(relayedRoute(relayed, relayId)),
            undefined,
            'through two relays',
          );
          assert.equal(relayOfRoute(`${route}/p2p-circuit`), undefined, 'without the relay');
        },
      ),
    );
  });

  test('of any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        relayOfRoute(text);
        relayOfRoute(`${text}/p2p-circuit`);
        assert.equal(isRelayed(`/memory/${text.replaceAll('/', '')}`), false);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createLinkFixture } from './link/link-fixture.ts';
import { linkAddressFromText, linkAddressToText } from './link-address.ts';
import type { NodeId } from './mesh-host.ts';
import { isNodeId, type KeyFingerprint, keyFingerprint, nodeIdFromKey } from './node-id.ts';
import { createNodeKeyPins } from './node-key-pins.ts';

const link = await createLinkFixture('link address');
const nodeId = nodeIdFromKey(link.bob.publicKey.bytes);
const fingerprint = keyFingerprint(link.suite.symmetric, link.bob.publicKey.bytes);

describe('an address', () => {
  test('is written as it was read', () => {
    for (const route of ['/ip4/127.0.0.1/tcp/4001', '/dns4/example.org/tcp/443/wss', '/memory/a']) {
      for (const text of [
        route,
        `${route}/p2p/${nodeId}`,
        `${route}#${fingerprint}`,
        `${route}/p2p/${nodeId}#${fingerprint}`,
      ]) {
        const address = linkAddressFromText(text);
        assert.ok(address.ok, text);
        assert.equal(address.value.route, route);
        assert.equal(linkAddressToText(address.value), text);
      }
    }
  });

  test('is refused when a part of it is none', () => {
    for (const text of [
      '',
      'nowhere',
      '/',
      '/ip4/127.0.0.1 /tcp/1',
      `/memory/a/p2p/${nodeId}x`,
      `/memory/a/p2p/${nodeId.toLowerCase()}`,
      `/memory/a#${fingerprint.slice(1)}`,
      `/memory/a#${fingerprint}#${fingerprint}`,
      `/memory/${'a'.repeat(1_024)}`,
    ]) {
      const address = linkAddressFromText(text);
      assert.equal(address.ok ? text : address.error.code, 'mesh/bad-address');
    }
  });

  test('of any text is read or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `/memory/${text}`),
        ),
        (text) => {
          const address = linkAddressFromText(text);
          if (address.ok) assert.equal(linkAddressToText(address.value), text);
        },
      ),
    );
  });
});

describe('a node id', () => {
  test('is the libp2p peer id of the classical half', () => {
    assert.match(nodeId, /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/);
    assert.ok(isNodeId(nodeId));
    assert.equal(isNodeId('12D3KooW'), false);
    assert.equal(isNodeId('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'), false);
  });

  test('does not commit to the post-quantum half, the fingerprint does', () => {
    const forged = link.bob.publicKey.bytes.slice() as typeof link.bob.publicKey.bytes;
    forged[100] = (forged[100] ?? 0) ^ 1;
    assert.equal(nodeIdFromKey(forged), nodeId);
    assert.notEqual(keyFingerprint(link.suite.symmetric, forged), fingerprint);
  });
});

describe('pins', () => {
  test('keep the first key of an id, and the ids used last', () => {
    const pins = createNodeKeyPins(2);
    const [a, b, c] = ['a', 'b', 'c'] as NodeId[];
    const [first, second] = ['first', 'second'] as KeyFingerprint[];
    assert.ok(a && b && c && first && second);
    pins.remember(a, first);
    pins.remember(a, second);
    assert.ok(pins.check(a, first).ok);
    const changed = pins.check(a, second);
    assert.equal(changed.ok ? 'accepted' : changed.error.code, 'mesh/key-changed');
    pins.remember(b, first);
    pins.remember(a, first);
    pins.remember(c, first);
    assert.ok(pins.check(b, second).ok, 'b was used least and is forgotten');
    assert.equal(pins.check(a, second).ok, false);
  });
});

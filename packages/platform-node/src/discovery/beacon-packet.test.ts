import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  announcement,
  foundInPacket,
  instanceName,
  isAskedFor,
  serviceName,
} from './beacon-packet.ts';
import { addressesFor, isFromLocal } from './local-networks.ts';

const own = instanceName(new Uint8Array(8).fill(1));
const other = instanceName(new Uint8Array(8).fill(2));
const fingerprint = 'a'.repeat(52);
const address = `/ip4/192.168.1.2/tcp/4001#${fingerprint}`;

/** As the decoder of packets gives it. */
function packetWith(name: string, strings: readonly string[], ttl = 120): unknown {
  return { answers: [{ type: 'TXT', name, ttl, data: strings.map((text) => Buffer.from(text)) }] };
}

describe('an announcement', () => {
  test('is read from its TXT record', () => {
    const [, , txt] = announcement(other, [address], 120);
    assert.equal(txt?.type, 'TXT');
    const found = foundInPacket(packetWith(other, txt?.type === 'TXT' ? txt.data : []), own);
    assert.deepEqual([...found], [[other, [address]]]);
    assert.match(other, /^pars-[0-9a-f]{16}\._pars-mesh\._tcp\.local$/);
  });

  test('of oneself, of another service, taken back, or without a fingerprint is none', () => {
    const texts = [`a=${address}`];
    for (const packet of [
      packetWith(own, texts),
      packetWith(own.toUpperCase(), texts),
      packetWith(`anything.${serviceName}`, texts),
      packetWith('pars-0202020202020202._other._tcp.local', texts),
      packetWith(other, texts, 0),
      packetWith(other, ['a=/ip4/192.168.1.2/tcp/4001']),
      packetWith(other, [address, `b=${address}`, 'a=', 'a=x']),
      { answers: [{ type: 'TXT', name: other, ttl: 120, data: address }] },
      { answers: [{ type: 'A', name: other, ttl: 120, data: '1.2.3.4' }] },
    ]) {
      assert.equal(foundInPacket(packet, own).size, 0, JSON.stringify(packet));
    }
  });

  test('is bounded, and speaks of one node', () => {
    const many = Array.from({ length: 100 }, (_, at) => `a=/ip4/10.0.0.${at}/tcp/1#${fingerprint}`);
    assert.equal(foundInPacket(packetWith(other, many), own).get(other)?.length, 8);
    const mixed = [`a=${address}`, `a=/ip4/10.0.0.1/tcp/1#b${fingerprint.slice(1)}`];
    assert.deepEqual(foundInPacket(packetWith(other, mixed), own).get(other), [address]);
    const records = Array.from({ length: 500 }, (_, at) => ({
      type: 'TXT',
      name: `pars-${String(at).padStart(16, '0')}.${serviceName}`,
      ttl: 1,
      data: [Buffer.from(`a=${address}`)],
    }));
    assert.equal(foundInPacket({ answers: records, additionals: records }, own).size, 64);
    const [, , txt] = announcement(
      other,
      [...many, `a=${'x'.repeat(300)}`].map((text) => text.slice(2)),
      1,
    );
    assert.equal(txt?.type === 'TXT' ? txt.data.length : 0, 8);
  });

  test('of any shape throws nothing', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (one, two) => {
        foundInPacket(one, own);
        foundInPacket({ answers: [one, { type: 'TXT', name: other, ttl: 1, data: two }] }, own);
        isAskedFor({ questions: [one, { name: two }] }, own);
      }),
    );
  });

  test('is asked for by the name of the service or of the instance', () => {
    assert.equal(isAskedFor({ questions: [{ name: serviceName.toUpperCase() }] }, own), true);
    assert.equal(isAskedFor({ questions: [{ name: own }] }, own), true);
    assert.equal(
      isAskedFor({ questions: [{ name: other }, { name: '_http._tcp.local' }] }, own),
      false,
    );
  });
});

describe('packets', () => {
  const here = { address: '10.1.2.3', prefixLength: 24, isLoopback: false };
  test('come from the own networks only', () => {
    assert.equal(isFromLocal('10.1.2.200', [here]), true);
    for (const source of ['10.1.3.1', '8.8.8.8', '127.0.0.1', 'fe80::1', 'nonsense']) {
      assert.equal(isFromLocal(source, [here]), false, source);
    }
  });
  test('do not say loopback or relayed addresses to a network', () => {
    const all = [
      '/ip4/127.0.0.1/tcp/1#x',
      '/ip4/10.1.2.3/tcp/1#x',
      '/ip6/::1/tcp/1#x',
      '/ip6/fd00::2/tcp/1#x',
      '/ip4/10.1.2.9/tcp/1/p2p/id/p2p-circuit#x',
      '/dns4/a.example/tcp/1#x',
    ];
    assert.deepEqual(addressesFor(all, here), [all[1], all[3]]);
    assert.deepEqual(addressesFor(all, { ...here, isLoopback: true }), [all[0], all[2]]);
  });
});

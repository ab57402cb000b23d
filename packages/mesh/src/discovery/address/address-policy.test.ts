import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  checkRoute,
  decodeEndpoint,
  encodeEndpoint,
  endpointFromRoute,
  endpointToRoute,
  ipFromText,
  ipScope,
  ipToText,
  networkGroup,
} from './index.ts';

describe('addresses of strangers', () => {
  const never = [
    '/ip4/127.0.0.1/tcp/4001',
    '/ip4/0.0.0.0/tcp/4001',
    '/ip4/10.0.0.1/tcp/4001',
    '/ip4/100.64.0.1/tcp/4001',
    '/ip4/100.127.255.255/tcp/4001',
    '/ip4/169.254.169.254/tcp/80',
    '/ip4/172.16.0.1/tcp/4001',
    '/ip4/172.31.255.255/tcp/4001',
    '/ip4/192.168.0.1/tcp/80',
    '/ip4/192.0.2.1/tcp/80',
    '/ip4/198.18.0.1/tcp/80',
    '/ip4/224.0.0.251/tcp/5353',
    '/ip4/255.255.255.255/tcp/1',
    '/ip4/8.8.8.8/tcp/0',
    '/ip6/::/tcp/4001',
    '/ip6/::1/tcp/4001',
    '/ip6/::ffff:8.8.8.8/tcp/4001',
    '/ip6/::8.8.8.8/tcp/4001',
    '/ip6/64:ff9b::808:808/tcp/4001',
    '/ip6/2002:7f00:1::1/tcp/4001',
    '/ip6/2001:0:53aa::1/tcp/4001',
    '/ip6/2001:db8::1/tcp/4001',
    '/ip6/fe80::1/tcp/4001',
    '/ip6/fec0::1/tcp/4001',
    '/ip6/fc00::1/tcp/4001',
    '/ip6/fd12:3456::1/tcp/4001',
    '/ip6/ff02::fb/tcp/5353',
    '/ip6/1::1/tcp/4001',
    '/ip6/2606:4700::1%eth0/tcp/4001',
    '/dns4/node.example.org/tcp/443/tls/ws',
    '/dns/localhost/tcp/1',
    '/unix/tmp',
    '/memory/a',
    '/ip4/8.8.8.8/udp/1',
    '/ip4/8.8.8.8/tcp/65536',
    '/ip4/08.8.8.8/tcp/1',
    '/ip4/8.8.8.8/tcp/1/p2p/12D3KooWabc/p2p-circuit',
    '/ip6/8.8.8.8/tcp/1',
    '/ip4/::1/tcp/1',
  ];
  for (const route of never) {
    test(`${route} is never dialled`, () => {
      const checked = checkRoute(route, 'stranger');
      assert.equal(checked.ok ? 'dialled' : checked.error.code, 'mesh/address-refused');
    });
  }
  test('public ones are', () => {
    for (const route of [
      '/ip4/8.8.8.8/tcp/4001',
      '/ip4/172.32.0.1/tcp/1',
      '/ip4/100.128.0.1/tcp/1/ws',
      '/ip6/2606:4700::1111/tcp/65535',
    ]) {
      assert.equal(checkRoute(route, 'stranger').ok, true, route);
    }
  });
});

describe('what others give', () => {
  test('the local network gives its own hosts, and neither loopback nor names', () => {
    for (const route of [
      '/ip4/192.168.1.5/tcp/4001',
      '/ip4/169.254.3.4/tcp/1',
      '/ip6/fd00::2/tcp/1',
    ]) {
      assert.equal(checkRoute(route, 'lan').ok, true, route);
    }
    for (const route of [
      '/ip4/127.0.0.1/tcp/1',
      '/ip6/::1/tcp/1',
      '/ip6/::ffff:127.0.0.1/tcp/1',
      '/dns4/a.example/tcp/1',
      '/ip4/10.0.0.1/tcp/0',
    ]) {
      assert.equal(checkRoute(route, 'lan').ok, false, route);
    }
  });
  test('a list gives public hosts and public names', () => {
    assert.equal(checkRoute('/dns4/node.example.org/tcp/443/tls/ws', 'list').ok, true);
    for (const route of [
      '/dns4/localhost/tcp/1',
      '/dns4/router.lan/tcp/80',
      '/dns/x.local/tcp/1',
      '/dns4/1.2.3.4/tcp/1',
      '/ip4/10.0.0.1/tcp/1',
    ]) {
      assert.equal(checkRoute(route, 'list').ok, false, route);
    }
  });
  test('a contact gives ways to a node in any network, and no request to a host of ours', () => {
    const id = '12D3KooWRBhwfeP2Y4TCx1SM6s9rUoHhR5STiGwxBhgFRcw3UERE';
    for (const route of [
      '/ip4/192.168.1.5/tcp/4001',
      '/ip4/127.0.0.1/tcp/4001/ws',
      '/ip6/fd00::2/tcp/4001',
      '/ip4/8.8.8.8/tcp/443/ws/http-path/chat',
      '/dns4/node.example.org/tcp/443/tls/ws/http-path/chat',
      '/dns/node.example.org/tcp/4001',
      `/ip4/192.168.1.5/tcp/4001/p2p/${id}/p2p-circuit`,
      '/memory/a',
    ]) {
      assert.equal(checkRoute(route, 'contact').ok, true, route);
    }
    for (const route of [
      '/unix/%2Frun%2Fdocker.sock',
      '/ip4/192.168.1.1/tcp/80/ws/http-path/reboot',
      '/ip6/::1/tcp/80/ws/http-path/reboot',
      '/dns4/localhost/tcp/80/tls/ws/http-path/reboot',
      '/dns4/rebound.example.org/tcp/80/ws/http-path/reboot',
      '/ip4/8.8.8.8/tcp/443/tls/sni/localhost/ws',
      '/ip4/8.8.8.8/tcp/443/tls/sni/192.168.1.1/ws/http-path/reboot',
      `/ip4/192.168.1.1/tcp/80/ws/http-path/reboot/p2p/${id}/p2p-circuit`,
      `/unix/%2Frun%2Fdocker.sock/p2p/${id}/p2p-circuit`,
      '/ip4/0.0.0.0/tcp/4001',
      '/ip4/224.0.0.251/tcp/5353',
      '/ip6/::ffff:127.0.0.1/tcp/4001',
      '/ip4/10.0.0.1/tcp/0',
      '/ip4/10.0.0.1/tcp/65536',
      '/ip4/10.0.0.1/udp/53',
    ]) {
      assert.equal(checkRoute(route, 'contact').ok, false, route);
    }
  });
  test('nobody but the owner has a relay at a private host asked', () => {
    const id = '12D3KooWRBhwfeP2Y4TCx1SM6s9rUoHhR5STiGwxBhgFRcw3UERE';
    const route = `/ip4/192.168.1.5/tcp/4001/p2p/${id}/p2p-circuit`;
    for (const origin of ['stranger', 'list', 'lan'] as const) {
      assert.equal(checkRoute(route, origin).ok, false, origin);
    }
  });
  test('the owner gives what they want', () => {
    assert.equal(checkRoute('/ip4/127.0.0.1/tcp/4001', 'user').ok, true);
  });
});

describe('IP addresses', () => {
  test('of any bytes are read back from their text, as Node reads them', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 });
    const ips = fc.oneof(
      bytes(4),
      bytes(16),
      sparse.map((all) => Uint8Array.from(all)),
    );
    fc.assert(
      fc.property(ips, (ip) => {
        const text = ipToText(ip);
        assert.deepEqual(ipFromText(text), ip);
        assert.equal(isIP(text), ip.length === 4 ? 4 : 6);
      }),
    );
  });
  test('of any text are refused where Node refuses them', () => {
    const texts = fc.stringMatching(/^[0-9a-f:.]{0,20}$/);
    fc.assert(
      fc.property(texts, (text) => {
        assert.equal(ipFromText(text) !== undefined, isIP(text) !== 0, text);
      }),
      { numRuns: 2_000 },
    );
  });
  test('are private where another implementation of prefixes says so', () => {
    const list = new BlockList();
    list.addSubnet('10.0.0.0', 8);
    list.addSubnet('172.16.0.0', 12);
    list.addSubnet('192.168.0.0', 16);
    const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
    const near = fc.constantFrom(10, 172, 192);
    fc.assert(
      fc.property(bytes, near, fc.boolean(), (random, first, isNear) => {
        const ip = Uint8Array.from(random);
        if (isNear) ip[0] = first;
        assert.equal(ipScope(ip) === 'private', list.check(ipToText(ip), 'ipv4'));
      }),
    );
  });
});

describe('endpoints', () => {
  const parts = {
    transport: fc.constantFrom('tcp' as const, 'ws' as const),
    ip: fc.constantFrom(4, 16).chain((n) => fc.uint8Array({ minLength: n, maxLength: n })),
    port: fc.integer({ min: 0, max: 65_535 }),
  };
  const endpoints = fc.record(parts, { noNullPrototype: true });
  test('are read back from route and bytes', () => {
    fc.assert(
      fc.property(endpoints, (endpoint) => {
        assert.deepEqual(endpointFromRoute(endpointToRoute(endpoint)), endpoint);
        const bytes = encodeEndpoint(endpoint);
        assert.deepEqual(decodeEndpoint(bytes, 0), { endpoint, end: bytes.length });
        assert.equal(decodeEndpoint(bytes.subarray(0, -1), 0), undefined);
      }),
    );
  });
  test('of one network belong together', () => {
    assert.equal(networkGroup('/ip4/8.8.1.1/tcp/1'), networkGroup('/ip4/8.8.200.1/tcp/9/ws'));
    assert.notEqual(networkGroup('/ip4/8.8.1.1/tcp/1'), networkGroup('/ip4/8.9.1.1/tcp/1'));
    assert.equal(
      networkGroup('/ip6/2606:4700:1::1/tcp/1'),
      networkGroup('/ip6/2606:4700:2::/tcp/1'),
    );
    assert.notEqual(
      networkGroup('/ip6/2606:4700::1/tcp/1'),
      networkGroup('/ip6/2606:4701::1/tcp/1'),
    );
    assert.equal(networkGroup('/dns4/A.example/tcp/1'), '/dns4/a.example');
  });
});

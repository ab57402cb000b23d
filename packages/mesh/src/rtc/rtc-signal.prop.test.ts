import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { base32 } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import * as fc from 'fast-check';
import { createSeededSuite } from '../link/link-fixture.ts';
import type { KeyFingerprint } from '../node-id.ts';
import { hostFromText, hostToText, type IceCandidate, isReachable } from './ice-candidate.ts';
import { rtcEndpointFromDescription, rtcEndpointToDescription } from './rtc-description.ts';
import {
  decodeRtcSignal,
  encodeRtcSignal,
  maxSignalLength,
  type RtcSignal,
  rtcSignalFromText,
  rtcSignalToText,
} from './rtc-signal.ts';

const { symmetric } = createSeededSuite(createSimulationRandom('rtc signals'));

/** Objects as the decoder makes them. */
const record = <T extends Readonly<Record<string, unknown>>>(
  model: {
    [Name in keyof T]: fc.Arbitrary<T[Name]>;
  },
): fc.Arbitrary<T> => fc.record<T>(model, { noNullPrototype: true });
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const iceText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '+', '/'),
    minLength,
    maxLength,
  });
const candidate: fc.Arbitrary<IceCandidate> = fc
  .oneof(
    record({ kind: fc.constant('ip4' as const), bytes: bytes(4) }),
    record({ kind: fc.constantFrom('ip6' as const, 'mdns' as const), bytes: bytes(16) }),
  )
  .chain((host) => fc.integer({ min: 1, max: 65_535 }).map((port) => ({ ...host, port })))
  .filter(isReachable);
const signal: fc.Arbitrary<RtcSignal> = record({
  kind: fc.constantFrom('offer' as const, 'answer' as const),
  nonce: bytes(16),
  fingerprint: bytes(32).map((hash) => base32.encode(hash) as KeyFingerprint),
  endpoint: record({
    iceUfrag: iceText(4, 16),
    icePassword: iceText(22, 40),
    certificateHash: bytes(32),
    candidates: fc.array(candidate, { maxLength: 8 }),
  }),
});

describe('a signal', () => {
  test('comes back from its bytes and its text, in any case of letters', () => {
    fc.assert(
      fc.property(signal, (given) => {
        const encoded = encodeRtcSignal(symmetric, given);
        assert.ok(encoded.length <= maxSignalLength);
        assert.deepEqual(decodeRtcSignal(symmetric, encoded), { ok: true, value: given });
        const text = rtcSignalToText(symmetric, given);
        const shouted = rtcSignalFromText(symmetric, ` ${text.toUpperCase()}\n`);
        assert.deepEqual(shouted, { ok: true, value: given });
      }),
    );
  });

  test('with any byte changed, cut or added is refused', () => {
    fc.assert(
      fc.property(signal, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, change) => {
        const encoded = encodeRtcSignal(symmetric, given);
        const index = at % encoded.length;
        const changed = encoded.with(index, (encoded[index] ?? 0) ^ change);
        for (const wrong of [changed, encoded.subarray(0, index), Uint8Array.of(...encoded, 0)]) {
          const read = decodeRtcSignal(symmetric, wrong);
          assert.equal(read.ok ? '' : read.error.code, 'mesh/bad-signal');
        }
      }),
    );
  });

  test('survives the session description', () => {
    fc.assert(
      fc.property(signal, ({ endpoint }) => {
        const description = rtcEndpointToDescription(endpoint, 'answer');
        const read = rtcEndpointFromDescription(description, 'answer');
        assert.deepEqual(read, { ok: true, value: endpoint });
        // No field can bring a line of its own.
        assert.equal(description.split('\r\n').length, 15 + endpoint.candidates.length);
        assert.match(description, /^[\x20-\x7e\r\n]*$/);
      }),
    );
  });
});

test('every host is read back, and no other text is one', () => {
  fc.assert(
    fc.property(candidate, ({ kind, bytes: host, port }) => {
      assert.deepEqual(hostFromText(hostToText({ kind, bytes: host, port })), {
        kind,
        bytes: host,
      });
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const host = hostFromText(text);
      assert.ok(host === undefined || /^[0-9A-Fa-f.:-]+(\.local)?$/i.test(text));
    }),
  );
});

test('the hosts of a session description are read in every usual form', () => {
  const hexOf = (text: string): string | undefined => {
    const host = hostFromText(text);
    return host === undefined ? undefined : Buffer.from(host.bytes).toString('hex');
  };
  assert.equal(hexOf('::1'), '00000000000000000000000000000001');
  assert.equal(hexOf('fd00::2'), 'fd000000000000000000000000000002');
  assert.equal(hexOf('2001:DB8::192.0.2.1'), '20010db80000000000000000c0000201');
  assert.equal(hexOf('1:2:3:4:5:6:7:8'), '00010002000300040005000600070008');
  for (const text of [
    '1.2.3.256',
    '1.2.3',
    ':::',
    '1:2',
    'g::',
    '1::2::3',
    '::1%eth0',
    'a.local',
  ]) {
    assert.equal(hexOf(text), undefined, text);
  }
});

test('where no packet may go is no candidate', () => {
  const at = (text: string): boolean => {
    const host = hostFromText(text);
    return host !== undefined && isReachable({ ...host, port: 1 });
  };
  for (const text of ['0.1.2.3', '224.0.0.251', '255.255.255.255', '::', 'ff02::fb', 'fe80::1']) {
    assert.ok(!at(text), text);
  }
  assert.ok(!at('::ffff:192.0.2.1'), 'IPv4 in the clothes of IPv6');
  for (const text of ['10.0.0.1', '127.0.0.1', '::1', 'fd00::1', '2001:db8::1']) {
    assert.ok(at(text), text);
  }
});

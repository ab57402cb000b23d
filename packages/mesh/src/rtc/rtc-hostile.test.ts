import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { base32, concatBytes } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import { createSeededSuite } from '../link/link-fixture.ts';
import type { KeyFingerprint } from '../node-id.ts';
import { rtcEndpointFromDescription, rtcEndpointToDescription } from './rtc-description.ts';
import { makeEndpoint } from './rtc-fixture.ts';
import {
  decodeRtcSignal,
  encodeRtcSignal,
  type RtcSignal,
  rtcSignalFromText,
} from './rtc-signal.ts';

const { symmetric } = createSeededSuite(createSimulationRandom('hostile signals'));
const checksumLabel = new TextEncoder().encode('pars/1 rtc signal checksum');
const good: RtcSignal = {
  kind: 'offer',
  nonce: new Uint8Array(16),
  fingerprint: base32.encode(new Uint8Array(32)) as KeyFingerprint,
  endpoint: makeEndpoint(1),
};

/** A forger knows how checksums are made. */
function withChecksum(body: Uint8Array): Uint8Array {
  return concatBytes(body, symmetric.sha3(checksumLabel, body).subarray(0, 4));
}

const body = encodeRtcSignal(symmetric, good).slice(0, -4);
const ufragAt = 2 + 16 + 64;
/** Where the number of candidates stands: before the one of seven bytes. */
const countAt = body.length - 8;

function codeOf(bytes: Uint8Array): string {
  const read = decodeRtcSignal(symmetric, bytes);
  return read.ok ? 'ok' : read.error.code;
}

describe('a forged signal is refused', () => {
  const forgeries: Readonly<Record<string, Uint8Array>> = {
    'a line break in the user name': body.with(ufragAt + 2, 10),
    'a carriage return in the password': body.with(ufragAt + 8, 13),
    'a space in the user name': body.with(ufragAt + 1, 32),
    'a letter beyond ASCII': body.with(ufragAt + 1, 0xe9),
    'a user name too short': body.with(ufragAt, 3),
    'a password that eats the rest': body.with(ufragAt + 5, 255),
    'more candidates than there are': body.with(countAt, 2),
    'no candidates, but their bytes': body.with(countAt, 0),
    'an unknown kind of host': body.with(countAt + 1, 3),
    'a port of zero': body.with(countAt + 6, 0).with(countAt + 7, 0),
    'a group as address': body.with(countAt + 2, 224),
    'neither offer nor answer': body.with(1, 2),
    'a byte too many': concatBytes(body, Uint8Array.of(0)),
  };
  for (const [title, forged] of Object.entries(forgeries)) {
    test(title, () => assert.equal(codeOf(withChecksum(forged)), 'mesh/bad-signal'));
  }

  test('another version', () => {
    assert.equal(codeOf(withChecksum(body.with(0, 2))), 'mesh/unknown-version');
  });

  test('and the one that they were made of is good', () => {
    assert.equal(codeOf(withChecksum(body)), 'ok');
  });
});

test('no text is too long or too strange', () => {
  for (const text of [
    '',
    'pars://rtc/',
    'pars://rtc/!',
    `pars://rtc/${'a'.repeat(1e6)}`,
    'http://x',
  ]) {
    const read = rtcSignalFromText(symmetric, text);
    assert.equal(read.ok ? '' : read.error.code, 'mesh/bad-signal');
  }
});

test('a session description that lacks something is refused', () => {
  const whole = rtcEndpointToDescription(good.endpoint, 'answer');
  for (const name of ['ice-ufrag', 'ice-pwd', 'fingerprint', 'setup']) {
    const read = rtcEndpointFromDescription(whole.replace(`a=${name}:`, 'a=other:'), 'answer');
    assert.equal(read.ok ? '' : read.error.code, 'mesh/rtc-failed', name);
  }
  const roles = rtcEndpointFromDescription(whole, 'offer');
  assert.equal(roles.ok ? '' : roles.error.code, 'mesh/rtc-failed', 'an offer that chose its role');
  const long = rtcEndpointFromDescription('a=x\r\n'.repeat(20_000), 'answer');
  assert.equal(long.ok ? '' : long.error.code, 'mesh/rtc-failed');
});

test('the best eight UDP candidates of a description are taken', () => {
  const lines = Array.from(
    { length: 12 },
    (_, index) => `a=candidate:1 1 udp ${1_000 + index} 10.0.0.${index} 9 typ host`,
  );
  const others = [
    'a=candidate:2 1 tcp 9999 10.0.1.1 9 typ host tcptype active',
    'a=candidate:3 2 udp 9999 10.0.1.2 9 typ host',
    'a=candidate:4 1 udp 9999 nonsense 9 typ host',
  ];
  const whole = rtcEndpointToDescription({ ...good.endpoint, candidates: [] }, 'answer');
  const read = rtcEndpointFromDescription([whole, ...others, ...lines].join('\r\n'), 'answer');
  const last = read.ok ? read.value.candidates.map(({ bytes }) => bytes[3]) : [];
  assert.deepEqual(last, [11, 10, 9, 8, 7, 6, 5, 4]);
});

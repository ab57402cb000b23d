import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { recordSignals, type SignalRecording } from './rtc-recording-fixture.ts';

/*
 * A second reader of signals, written from PIP-1000 §10 alone: it shares no line
 * with the implementation.
 */

const recordings = JSON.parse(
  readFileSync(new URL('./rtc.vectors.json', import.meta.url), 'utf8'),
) as readonly SignalRecording[];

test('recording again gives the frozen bytes', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(recordSignals())), recordings);
});

for (const recording of recordings) {
  describe(`the recorded signal of ${recording.name}`, () => {
    const bytes = Buffer.from(recording.bytes, 'hex');

    test('has the written layout', () => {
      assert.equal(bytes[0], 1);
      assert.equal(bytes[1], recording.kind === 'offer' ? 0 : 1);
      assert.equal(bytes.subarray(2, 18).toString('hex'), recording.nonce);
      assert.equal(toBase32(bytes.subarray(18, 50)), recording.fingerprint);
      assert.equal(bytes.subarray(50, 82).toString('hex'), recording.certificateHash);
      let offset = 82;
      const nextText = (): string => {
        const length = bytes[offset] ?? 0;
        offset += 1 + length;
        return bytes.subarray(offset - length, offset).toString('latin1');
      };
      assert.equal(nextText(), recording.iceUfrag);
      assert.equal(nextText(), recording.icePassword);
      const count = bytes[offset] ?? 0;
      offset += 1;
      assert.equal(count, recording.candidates.length);
      for (const [host, port] of recording.candidates) {
        const isName = host.endsWith('.local');
        const kind = isName ? 2 : host.includes(':') ? 1 : 0;
        assert.equal(bytes[offset], kind);
        const length = kind === 0 ? 4 : 16;
        const address = bytes.subarray(offset + 1, offset + 1 + length);
        if (isName) assert.equal(address.toString('hex'), host.replace(/-|\.local/g, ''));
        if (kind === 0) assert.equal([...address].join('.'), host);
        assert.equal(bytes.readUInt16BE(offset + 1 + length), port);
        offset += 3 + length;
      }
      const check = sha3_256(
        Buffer.concat([text('pars/1 rtc signal checksum'), bytes.subarray(0, offset)]),
      );
      assert.deepEqual(bytes.subarray(offset), Buffer.from(check.subarray(0, 4)));
    });

    test('is its text', () => {
      assert.equal(recording.text, `pars://rtc/${toBase32(bytes)}`);
      assert.ok(recording.text.length <= 491);
    });
  });
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}

/** RFC 4648 §6 in lower case, without padding. */
function toBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('');
}

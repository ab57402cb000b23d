import assert from 'node:assert/strict';
import { createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type CarriersRecording, recordCarriers } from './carriers-recording-fixture.ts';

/*
 * A second reader of carriers, written from PIP-1007 alone: it shares no line
 * with the implementation.
 */

const recording = JSON.parse(
  readFileSync(new URL('./carriers.vectors.json', import.meta.url), 'utf8'),
) as CarriersRecording;
const bytes = (text: string) => Buffer.from(text, 'hex');
const sha3 = (...parts: readonly (Uint8Array | string)[]) => {
  const hash = createHash('sha3-256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

test('recording again gives the frozen bytes', () => {
  assert.deepEqual(recordCarriers(), recording);
});

describe('the recorded fountain symbols', () => {
  const times = (a: number, b: number) => {
    let product = 0;
    for (let bit = 7; bit >= 0; bit -= 1) {
      product = product & 0x80 ? ((product << 1) ^ 0x11d) & 0xff : product << 1;
      if ((b >>> bit) & 1) product ^= a;
    }
    return product;
  };
  const mask = 0xffff_ffffn;
  const mix = (value: bigint) => {
    let x = value & mask;
    x = ((x ^ (x >> 16n)) * 0x85eb_ca6bn) & mask;
    x = ((x ^ (x >> 13n)) * 0xc2b2_ae35n) & mask;
    return x ^ (x >> 16n);
  };

  for (const { object, symbolLength, symbols } of recording.fountain) {
    const content = bytes(object);
    const count = Math.ceil(content.length / symbolLength);
    for (const { id, symbol } of symbols) {
      test(`number ${id} of ${count}`, () => {
        const sum = Buffer.alloc(symbolLength);
        const start = mix(BigInt(id) ^ ((BigInt(count) * 0x9e37_79b1n) & mask));
        for (let place = 0; place < count; place += 1) {
          const [perWord, width] = count <= 256 ? [4, 8] : [32, 1];
          const word = mix(start + BigInt(Math.floor(place / perWord) + 1) * 0x9e37_79b9n);
          const drawn = Number(
            (word >> BigInt((place % perWord) * width)) & BigInt(2 ** width - 1),
          );
          const factor = id < count ? (id === place ? 1 : 0) : drawn;
          for (let at = 0; at < symbolLength; at += 1) {
            sum[at] = (sum[at] ?? 0) ^ times(factor, content[place * symbolLength + at] ?? 0);
          }
        }
        assert.equal(sum.toString('hex'), symbol);
      });
    }
  }
});

describe('the recorded radio', () => {
  const { frames, key, link, parcels } = recording.radio;
  const derived = Buffer.from(hkdfSync('sha512', bytes(key), '', 'pars/1 radio keys', 88));

  test('has its key in the link', () => {
    const check = sha3('pars/1 radio key check', bytes(key)).subarray(0, 4);
    assert.equal(link, `pars://radio/${Buffer.concat([bytes(key), check]).toString('base64url')}`);
  });

  for (const { counter, frame, message, station } of frames) {
    test(`seals frame ${counter}`, () => {
      const sealed = bytes(frame);
      const tag = sealed.subarray(0, 12);
      const nonce = Buffer.concat([tag, Buffer.from([0, 0, 0, 2])]);
      const plain = createDecipheriv('aes-256-ctr', derived.subarray(32, 64), nonce).update(
        sealed.subarray(12),
      );
      assert.deepEqual(tag, sha3(derived.subarray(0, 32), plain).subarray(0, 12));
      assert.equal(plain.readUInt32BE(0), station);
      assert.equal(plain.readUInt32BE(4), counter);
      assert.equal(plain.subarray(8).toString('hex'), message);
    });
  }

  test('lays messages out as written', () => {
    const [symbol, report, list, sketch] = frames.map(({ message }) => bytes(message));
    assert.ok(symbol && report && list && sketch);
    assert.equal(symbol.subarray(0, 13).toString('hex'), '0503ffeeddccbbaa00026d0004');
    assert.equal(symbol.length, 13 + 156);
    assert.equal(
      report.toString('hex'),
      ['0200', '000000000009', '0002', '00000000000a', 'ffff'].join(''),
    );
    assert.equal(
      list.toString('hex'),
      ['03000300000046', '10010203040506', 'ffffffffffffff', '000000000001', '800000000000'].join(
        '',
      ),
    );
    assert.equal(sketch.subarray(0, 7).toString('hex'), '04000500000028');
    assert.equal(sketch.length, 199);
  });

  for (const { compact, parcel } of parcels) {
    test(`has the parcel in ${compact.length / 2} bytes`, () => {
      const [whole, small] = [bytes(parcel), bytes(compact)];
      const hasToken = whole[76] === 2;
      const width = hasToken ? 3 : 4;
      const bits = Array.from({ length: 32 }, (_, at) =>
        whole
          .readUIntBE(81 + width * at, width)
          .toString(2)
          .padStart(17, '0'),
      ).join('');
      const numbers = Buffer.from(
        (bits.match(/.{8}/g) ?? []).map((text) => Number.parseInt(text, 2)),
      );
      const first = ((whole[2] ?? 0) << 5) | ((whole[3] ?? 0) << 3) | (hasToken ? 4 : 0);
      const expected = Buffer.concat([
        Buffer.from([first]),
        whole.subarray(4, 8),
        whole.subarray(12, 44),
        whole.subarray(77, 81),
        numbers,
        hasToken ? whole.subarray(177, 512) : Buffer.alloc(0),
        whole.subarray(512),
      ]);
      assert.deepEqual(small, expected);
    });
  }
});

test('the recorded pictures say what they should', () => {
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
  const object = bytes(recording.qr.object);
  const tag = sha3('pars/1 qr object', Buffer.from([4]), object).subarray(0, 16);
  for (const [place, frame] of recording.qr.frames.entries()) {
    const found: number[] = [];
    for (let at = 0; at < frame.length; at += 3) {
      const part = frame.slice(at, at + 3);
      const value = [...part].reduce(
        (sum, letter, power) => sum + letters.indexOf(letter) * 45 ** power,
        0,
      );
      found.push(...(part.length === 3 ? [value >>> 8, value & 255] : [value]));
    }
    const read = Buffer.from(found);
    const body = read.subarray(0, -4);
    assert.deepEqual(read.subarray(-4), sha3('pars/1 qr frame', body).subarray(0, 4));
    assert.equal(body[0], 0x14);
    assert.deepEqual(body.subarray(1, 17), tag);
    assert.equal(body.readUIntBE(17, 3), object.length);
    assert.equal(body.readUIntBE(20, 3), [0, 2, 3, 4_000][place]);
    if (place === 0) assert.deepEqual(body.subarray(23), object.subarray(0, 100));
  }
});

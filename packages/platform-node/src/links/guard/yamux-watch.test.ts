import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createYamuxWatch, maxYamuxFrame, maxYamuxPieces, type YamuxWatch } from './yamux-watch.ts';

const time = { now: 0 };
const clock = { nowMs: () => time.now, monotonicMs: () => time.now };
const [data, window, ping] = [0, 1, 2];
const [none, syn] = [0, 1];

describe('the watch over the multiplexer', () => {
  test('lets honest traffic pass, however it is cut', () => {
    const sizes = fc.array(fc.nat({ max: 70_000 }), { maxLength: 12 });
    const cuts = fc.infiniteStream(fc.integer({ min: 500, max: 70_000 }));
    fc.assert(
      fc.property(sizes, cuts, (lengths, cut) => {
        const watch = createYamuxWatch({ clock });
        const wire = Buffer.concat([
          frame(window, syn, 1, 262_144),
          frame(ping, syn, 0, 1),
          ...lengths.map((length) => frame(data, none, 1, length, new Uint8Array(length).fill(2))),
        ]);
        for (let offset = 0; offset < wire.length; ) {
          const end = offset + (cut.next().value ?? 1);
          assert.ok(watch.see(wire.subarray(offset, end)).ok);
          offset = end;
        }
      }),
      { numRuns: 50 },
    );
  });

  test('refuses a frame longer than any window, at its header', () => {
    const watch = createYamuxWatch({ clock });
    assert.ok(watch.see(frame(data, none, 1, maxYamuxFrame)).ok);
    assert.ok(watch.see(new Uint8Array(maxYamuxFrame)).ok);
    for (const length of [maxYamuxFrame + 1, 0xffff_ffff]) {
      assert.equal(codeOf(createYamuxWatch({ clock }), frame(data, none, 1, length)), abuse);
    }
    // Other types carry numbers there: windows and pings of any value pass.
    assert.ok(watch.see(frame(window, none, 1, 0xffff_ffff)).ok);
    assert.ok(watch.see(frame(ping, syn, 0, 0xffff_ffff)).ok);
  });

  test('refuses a header that is cut as much as one that is whole', () => {
    const header = frame(data, none, 1, 0x7fff_ffff);
    for (let at = 1; at < 12; at += 1) {
      const watch = createYamuxWatch({ clock });
      assert.ok(watch.see(header.subarray(0, at)).ok);
      assert.equal(codeOf(watch, header.subarray(at)), abuse);
    }
  });

  test('refuses a frame in crumbs', () => {
    const watch = createYamuxWatch({ clock });
    assert.ok(watch.see(frame(data, none, 1, 100_000)).ok);
    for (let piece = 0; piece < maxYamuxPieces; piece += 1) {
      assert.ok(watch.see(Uint8Array.of(1)).ok);
    }
    assert.equal(codeOf(watch, Uint8Array.of(1)), abuse);
  });

  for (const [what, flood, burst, perSecond] of [
    ['pings', frame(ping, syn, 0, 7), 32, 2],
    ['opened streams', frame(window, syn, 3, 0), 1_024, 128],
    ['streams opened with data', frame(data, syn, 3, 0), 1_024, 128],
    ['small data', frame(data, none, 3, 1, Uint8Array.of(1)), 8_192, 2_048],
    ['windows', frame(window, none, 3, 1), 32_768, 16_384],
  ] as const) {
    test(`refuses a flood of ${what}, and allows it slowly`, () => {
      time.now = 0;
      const watch = createYamuxWatch({ clock });
      for (let count = 0; count < burst; count += 1) assert.ok(watch.see(flood).ok, `${count}`);
      time.now += 1_000;
      for (let count = 0; count < perSecond; count += 1) assert.ok(watch.see(flood).ok);
      assert.equal(codeOf(watch, flood), abuse);
    });
  }
});

const abuse = 'mesh/muxer-abuse';

function codeOf(watch: YamuxWatch, content: Uint8Array): string {
  const seen = watch.see(content);
  return seen.ok ? 'passed' : seen.error.code;
}

function frame(
  type: number,
  flags: number,
  streamId: number,
  length: number,
  body: Uint8Array = new Uint8Array(0),
): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(type, 1);
  header.writeUInt16BE(flags, 2);
  header.writeUInt32BE(streamId, 4);
  header.writeUInt32BE(length, 8);
  return Buffer.concat([header, body]);
}

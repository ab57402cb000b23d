import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redact } from '@pars/base';
import { createSimulationRandom } from '@pars/base/fakes';
import fc from 'fast-check';
import { createFrameOpener, type FrameOpener } from './frame-opener.ts';
import { createFrameSealer, type FrameSealer } from './frame-sealer.ts';
import { createSeededSuite } from './link-fixture.ts';
import {
  frameLengthFor,
  framesPerKey,
  frameUnit,
  maxFrameContent,
  maxFrameLength,
  maxFrames,
} from './link-frame.ts';

const { symmetric } = createSeededSuite(createSimulationRandom('link frames'));

const contents = fc.array(
  fc.nat({ max: 2_000 }).map((length) => pattern(length)),
  { maxLength: 6 },
);

describe('frames', () => {
  test('carry any bytes, however they are cut on the way', () => {
    fc.assert(
      fc.property(
        fc.array(contents, { maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 700 })),
        (sends, cuts) => {
          const { sealer, opener } = createEnds();
          const wire = join(sends.map((parts) => seal(sealer, parts)));
          const received: Uint8Array[] = [];
          for (let offset = 0; offset < wire.length; ) {
            const end = offset + (cuts.next().value ?? 1);
            const opened = opener.open(wire.subarray(offset, end));
            assert.ok(opened.ok);
            received.push(...opened.value);
            offset = end;
          }
          assert.deepEqual(join(received), join(sends.flat()));
          assert.ok(opener.end().ok);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('have lengths that are multiples of 256 bytes, at most 64 KiB each', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3 * maxFrameContent }), (length) => {
        const wire = seal(createEnds().sealer, [new Uint8Array(length)]);
        const full = Math.floor(length / maxFrameContent);
        const rest = length % maxFrameContent;
        const last = rest > 0 || full === 0 ? frameLengthFor(rest) : 0;
        assert.equal(wire.length, full * maxFrameLength + last);
        assert.equal(wire.length % frameUnit, 0);
      }),
      { numRuns: 12 },
    );
  });

  test('with any flipped bit are refused or never complete', () => {
    fc.assert(
      fc.property(fc.nat({ max: 600 }), fc.nat(), (length, place) => {
        const { sealer, opener } = createEnds();
        const wire = seal(sealer, [pattern(length)]);
        const bit = place % (wire.length * 8);
        wire[bit >>> 3] = (wire[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
        const opened = opener.open(wire);
        const end = opener.end();
        const code = opened.ok ? (end.ok ? 'accepted' : end.error.code) : opened.error.code;
        assert.match(code, /^mesh\/frame-(refused|truncated)$/);
        if (!opened.ok) assert.equal(code, 'mesh/frame-refused');
      }),
      { numRuns: 200 },
    );
  });

  test('that are replayed, left out or swapped are refused, and the opener stays closed', () => {
    const order = [[0, 0], [1], [1, 0], [0, 2]];
    for (const indexes of order) {
      const { sealer, opener } = createEnds();
      const frames = [0, 1, 2].map((value) => seal(sealer, [Uint8Array.of(value)]));
      const opened = opener.open(join(indexes.map((index) => frames[index] ?? none)));
      assert.equal(opened.ok ? 'accepted' : opened.error.code, 'mesh/frame-refused');
      const next = opener.open(frames[1] ?? none);
      assert.equal(next.ok ? 'accepted' : next.error.code, 'mesh/frame-refused');
    }
  });

  test('of the other direction or another link are refused', () => {
    const wire = seal(createFrameSealer(symmetric, redact(new Uint8Array(32).fill(8))), [none]);
    const opened = createEnds().opener.open(wire);
    assert.equal(opened.ok ? 'accepted' : opened.error.code, 'mesh/frame-refused');
  });

  test('without content are padding and give nothing', () => {
    const { sealer, opener } = createEnds();
    const wire = seal(sealer, []);
    assert.equal(wire.length, frameUnit);
    const opened = opener.open(wire);
    assert.deepEqual(opened, { ok: true, value: [] });
  });

  test('get new keys every 1,024 frames', () => {
    const { sealer, opener } = createEnds();
    for (let index = 0; index < framesPerKey + 2; index += 1) {
      const opened = opener.open(seal(sealer, [Uint8Array.of(index & 0xff)]));
      assert.ok(opened.ok);
      assert.deepEqual(opened.value, [Uint8Array.of(index & 0xff)]);
    }
  });

  test('end after 2^48', () => {
    const root = () => redact(new Uint8Array(32).fill(7));
    const sealer = createFrameSealer(symmetric, root(), maxFrames - 1);
    const opener = createFrameOpener(symmetric, root(), maxFrames - 1);
    assert.ok(opener.open(seal(sealer, [pattern(10)])).ok);
    const next = sealer.seal([pattern(10)]);
    assert.equal(next.ok ? 'sealed' : next.error.code, 'mesh/counter-exhausted');
    const opened = opener.open(new Uint8Array(frameUnit));
    assert.equal(opened.ok ? 'opened' : opened.error.code, 'mesh/counter-exhausted');
  });

  test('whose inside breaks the layout are refused although their tag fits', () => {
    for (const [contentLength, dirtyAt] of [
      [frameUnit, undefined],
      [5, 100],
    ] as const) {
      const chain = symmetric.hkdf(
        new Uint8Array(32).fill(7),
        none,
        new TextEncoder().encode('pars/1 link frames'),
        76,
      );
      const plaintext = new Uint8Array(frameUnit - 17);
      plaintext[0] = contentLength >>> 8;
      plaintext[1] = contentLength & 0xff;
      if (dirtyAt !== undefined) plaintext[dirtyAt] = 1;
      const sealed = symmetric.gcmSeal(
        chain.slice(32, 64),
        chain.slice(64),
        plaintext,
        Uint8Array.of(0),
      );
      const opened = createEnds().opener.open(join([Uint8Array.of(0), sealed]));
      assert.equal(opened.ok ? 'accepted' : opened.error.code, 'mesh/frame-refused');
    }
  });
});

function createEnds(): { readonly sealer: FrameSealer; readonly opener: FrameOpener } {
  const root = () => redact(new Uint8Array(32).fill(7));
  return {
    sealer: createFrameSealer(symmetric, root()),
    opener: createFrameOpener(symmetric, root()),
  };
}

function seal(sealer: FrameSealer, parts: readonly Uint8Array[]): Uint8Array {
  const sealed = sealer.seal(parts);
  if (!sealed.ok) throw new Error(sealed.error.code);
  return sealed.value;
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7) & 0xff);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

const none = new Uint8Array(0);

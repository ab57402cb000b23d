import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { decodeFrontierMessage, encodeFrontierMessage } from './frontier-message.ts';
import {
  type FrontierRecording,
  recordFrontierSync,
  sampleMessages,
} from './frontier-recording-fixture.ts';

/*
 * The frozen bytes, against the implementation and against a second reader
 * that was made from PIP-1003 §11 to §14 alone.
 */

const recording = JSON.parse(
  readFileSync(new URL('./frontier-sync.vectors.json', import.meta.url), 'utf8'),
) as FrontierRecording;

test('recording again gives the frozen bytes', async () => {
  assert.deepEqual(await recordFrontierSync(), recording);
});

test('the digest of a frontier, and the tag of a question', () => {
  const sorted = [...recording.heads].toSorted().join('');
  const digest = sha3('pars/1 frontier', recording.space + sorted);
  assert.equal(recording.digest, digest.slice(0, 32));
  const tag = sha3('pars/1 frontier question', recording.heads.join(''));
  assert.equal(recording.questionTag, tag.slice(0, 16));
});

test('the stream and the root of a snapshot', () => {
  const { base, state, root, stream } = recording.snapshot;
  const content = uint(base.length / 2, 4) + base + state;
  const chunk = sha3('pars/1 snapshot chunk', content);
  assert.equal(stream, chunk + content);
  const length = uint(content.length / 2, 4);
  assert.equal(root, sha3('pars/1 snapshot', recording.space + length + chunk));
});

describe('one message of each type', () => {
  for (const [at, message] of sampleMessages().entries()) {
    test(`${at} ${message.type}`, () => {
      const frozen = recording.messages[at];
      assert.ok(frozen !== undefined);
      const bytes = Uint8Array.fromHex(frozen.bytes);
      assert.deepEqual(decodeFrontierMessage(bytes), { ok: true, value: message });
      assert.equal(encodeFrontierMessage(message).toHex(), frozen.bytes);
      assert.deepEqual(readPlainly(frozen.bytes), plain(message));
    });
  }

  test('spare bits, flags that say nothing and long lengths are refused', () => {
    const bytesOf = (at: number) => Uint8Array.fromHex(recording.messages[at]?.bytes ?? '');
    const flagged = bytesOf(0);
    flagged[2] = 64 | (flagged[2] ?? 0);
    const spare = bytesOf(4);
    spare[spare.length - 1] = 1 | (spare.at(-1) ?? 0);
    const long = Uint8Array.of(5, 0, 0, 0, 1, 0x81, 0x00, 0xa0);
    const cut = bytesOf(0).slice(0, -1);
    for (const bytes of [flagged, spare, long, cut]) {
      assert.equal(decodeFrontierMessage(bytes).ok, false, bytes.toHex());
    }
  });

  test('every type is there', () => {
    const types = recording.messages.map(({ bytes }) => Number.parseInt(bytes.slice(0, 2), 16));
    assert.deepEqual(new Set(types), new Set(Array.from({ length: 13 }, (_, at) => at + 1)));
  });
});

test('the second reader understands a whole sync, which gives each side what it lacks', () => {
  const types = new Set(recording.course.map(({ bytes }) => readPlainly(bytes)['type']));
  for (const type of ['hello', 'heads', 'vertices', 'done', 'content']) {
    assert.ok(types.has(type), type);
  }
  for (const from of [0, 1]) {
    const given = recording.course.filter((entry) => entry.from === from);
    assert.ok(given.some(({ bytes }) => /^0[56]/.test(bytes)));
    assert.equal(given.at(-1)?.bytes.startsWith('0a'), true);
  }
});

/** Fields in hexadecimal or as numbers, cut off one after another. */
function readPlainly(hex: string): Record<string, unknown> {
  let rest = hex;
  const take = (bytes: number) => {
    assert.ok(rest.length >= 2 * bytes);
    const field = rest.slice(0, 2 * bytes);
    rest = rest.slice(2 * bytes);
    return field;
  };
  const number = (bytes: number) => Number.parseInt(take(bytes), 16);
  const ids = () => Array.from({ length: rest.length / 64 }, () => take(32));
  const all = () => take(rest.length / 2);
  switch (number(1)) {
    case 1: {
      assert.equal(number(1), 1);
      const flags = number(1);
      return {
        type: 'hello',
        epoch: take(8),
        wantsHello: (flags & 1) === 1,
        messageLength: number(2),
        windowBytes: number(4),
        headCount: number(2),
        digest: take(16),
        base: (flags & 2) === 0 ? undefined : { id: take(32), time: number(6) },
        begun: (flags & 4) === 0 ? undefined : { tag: take(8), length: number(4) },
        continues: (flags & 8) === 0 ? undefined : take(8),
        arrived: (flags & 16) === 0 ? undefined : { last: number(4), count: number(4) },
        heard: (flags & 32) === 0 ? undefined : { list: take(8), count: number(2) },
      };
    }
    case 2:
      return { type: 'heads', list: take(8), start: number(2), ids: ids() };
    case 3:
      return { type: 'ask', ids: ids() };
    case 4: {
      const [tag, count] = [take(8), number(2)];
      const bits = BigInt(`0x1${all()}`).toString(2).slice(1);
      const held = Array.from(bits.slice(0, count), (bit) => bit === '1');
      return { type: 'answer', tag, held };
    }
    case 5: {
      const counted = number(4);
      const encodings: string[] = [];
      while (rest.length > 0) {
        let length = 0;
        for (let place = 1, byte = 128; byte >= 128; place *= 128) {
          byte = number(1);
          length += (byte % 128) * place;
        }
        encodings.push(take(length));
      }
      return { type: 'vertices', number: counted, encodings };
    }
    case 6:
      return {
        type: 'part',
        number: number(4),
        tag: take(8),
        total: number(4),
        offset: number(4),
        bytes: all(),
      };
    case 7:
      return { type: 'more', epoch: take(8), arrived: { last: number(4), count: number(4) } };
    case 8:
      return { type: 'want', epoch: take(8), ids: ids() };
    case 9:
      return { type: 'done', epoch: take(8) };
    case 10:
      return { type: 'content', epoch: take(8) };
    case 11:
      return { type: 'want-snapshot', root: take(32), offset: number(4), length: number(4) };
    case 12:
      return { type: 'snapshot', root: take(32), contentLength: number(4) };
    case 13:
      return { type: 'snapshot-part', tag: take(8), offset: number(4), bytes: all() };
    default:
      throw new Error('no such type');
  }
}

/** The same with bytes in hexadecimal. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.toHex();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

function sha3(label: string, hex: string): string {
  return createHash('sha3-256').update(label).update(hex, 'hex').digest('hex');
}

function uint(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0');
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hex, unwrap } from '@pars/base';
import { letterAnswerCodec, letterRequestCodec } from './letter-protocol.ts';

const messageId = new Uint8Array(16).fill(1);
const receipt = new Uint8Array(32).fill(2);
const ones = '01'.repeat(16);
const twos = '02'.repeat(32);

/** The content of frames, byte for byte (PIP-5000 §9). */
describe('frames of the letter protocol', () => {
  for (const [request, expected] of [
    [{ type: 'letter', version: 1, letter: Uint8Array.of(1, 1, 7) }, '8201a201010243010107'],
    [
      { type: 'receipts', version: 1, receipts: [{ messageId, receipt }] },
      `8202a201010281a20150${ones}025820${twos}`,
    ],
  ] as const) {
    test(`a request of type ${request.type}`, () => {
      const bytes = letterRequestCodec.encode(request);
      assert.equal(hex.encode(bytes), expected);
      assert.deepEqual(unwrap(letterRequestCodec.decode(bytes)), request);
    });
  }

  for (const [answer, expected] of [
    [{ type: 'stored', receipt }, `8201a1015820${twos}`],
    [{ type: 'later' }, '8202a0'],
    [{ type: 'refused' }, '8203a0'],
    [{ type: 'held' }, '8204a0'],
    [{ type: 'noted' }, '8205a0'],
  ] as const) {
    test(`an answer of type ${answer.type}`, () => {
      const bytes = letterAnswerCodec.encode(answer);
      assert.equal(hex.encode(bytes), expected);
      assert.deepEqual(unwrap(letterAnswerCodec.decode(bytes)), answer);
    });
  }

  test('bring 1 to 32 receipts', () => {
    for (const [count, isFine] of [
      [0, false],
      [1, true],
      [32, true],
      [33, false],
    ] as const) {
      const list = `a20150${ones}025820${twos}`.repeat(count);
      const head = count < 24 ? (0x80 + count).toString(16) : `98${count.toString(16)}`;
      const bytes = unwrap(hex.decode(`8202a2010102${head}${list}`, { maxBytes: 4_096 }));
      assert.equal(letterRequestCodec.decode(bytes).ok, isFine, `${count}`);
    }
  });
});

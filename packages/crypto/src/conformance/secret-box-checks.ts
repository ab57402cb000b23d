import { concatBytes, eraseBytes, redact, unwrap, utf8ToBytes } from '@pars/base';
import { MAX_SECRET_BOX_PLAINTEXT, SECRET_BOX_OVERHEAD } from '../secret-box.ts';
import type { Suite } from '../suite.ts';
import {
  countingBytes,
  expect,
  expectBytes,
  expectFailure,
  expectThrow,
  flipBit,
} from './expectations.ts';

const CONTEXT = 'pars/1 conformance';

/** What secret boxes promise over any provider (PIP-2000 §12). */
export const SECRET_BOX_CHECKS: readonly {
  readonly name: string;
  readonly run: (stage: { readonly suite: Suite }) => Promise<void>;
}[] = [
  {
    name: 'secret box: round trips, never the same bytes, every altered part refused',
    async run({ suite: { secretBox } }) {
      const key = redact(countingBytes(32));
      const aad = utf8ToBytes('row 7');
      for (const plaintext of [new Uint8Array(0), utf8ToBytes('salâm'), countingBytes(70_000)]) {
        const request = { key, context: CONTEXT, plaintext, aad };
        const [sealed, again] = [await secretBox.seal(request), await secretBox.seal(request)];
        expect(sealed.length === plaintext.length + SECRET_BOX_OVERHEAD, 'overhead');
        expect(sealed.join() !== again.join(), 'the same bytes twice');
        const opened = await secretBox.open({ key, context: CONTEXT, sealed, aad });
        expectBytes(unwrap(opened), plaintext, 'opened');
      }
      const plaintext = utf8ToBytes('value');
      const sealed = await secretBox.seal({ key, context: CONTEXT, plaintext, aad });
      const open = { key, context: CONTEXT, sealed, aad };
      for (let bit = 0; bit < sealed.length * 8; bit += 1) {
        const altered = await secretBox.open({ ...open, sealed: flipBit(sealed, bit) });
        const code = bit < 8 ? 'crypto/unknown-suite' : 'crypto/open-failed';
        expectFailure(altered, code, `bit ${bit}`);
      }
      const failed = 'crypto/open-failed';
      const otherKey = redact(countingBytes(32, 1));
      expectFailure(await secretBox.open({ ...open, key: otherKey }), failed, 'key');
      expectFailure(await secretBox.open({ ...open, context: `${CONTEXT}!` }), failed, 'context');
      expectFailure(await secretBox.open({ ...open, aad: utf8ToBytes('row 8') }), failed, 'aad');
      expectFailure(await secretBox.open({ key, context: CONTEXT, sealed }), failed, 'no aad');
      const extended = concatBytes(sealed, Uint8Array.of(0));
      expectFailure(await secretBox.open({ ...open, sealed: extended }), failed, 'extended');
      const cut = sealed.subarray(0, -1);
      expectFailure(await secretBox.open({ ...open, sealed: cut }), failed, 'cut');
    },
  },
  {
    name: 'secret box: lengths are limited, wrong arguments are bugs',
    async run({ suite: { secretBox } }) {
      const key = redact(countingBytes(32));
      const request = { key, context: CONTEXT, plaintext: new Uint8Array(0) };
      const sealed = await secretBox.seal(request);
      const open = { key, context: CONTEXT, sealed };
      for (const length of [0, 1, 25, SECRET_BOX_OVERHEAD - 1]) {
        const short = sealed.subarray(0, length);
        const result = await secretBox.open({ ...open, sealed: short });
        expectFailure(result, 'crypto/bad-length', `${length} bytes`);
      }
      const long = new Uint8Array(MAX_SECRET_BOX_PLAINTEXT + SECRET_BOX_OVERHEAD + 1).fill(1, 0, 1);
      const tooLong = 'crypto/too-long';
      expectFailure(await secretBox.open({ ...open, sealed: long }), tooLong, 'box');
      const longAad = new Uint8Array(65_537);
      expectFailure(await secretBox.open({ ...open, aad: longAad }), tooLong, 'aad');
      await expectThrow(() => secretBox.seal({ ...request, aad: longAad }), 'long aad');
      await expectThrow(() => secretBox.seal({ ...request, plaintext: long }), 'long plaintext');
      for (const length of [0, 31, 33]) {
        const wrongKey = redact(new Uint8Array(length));
        await expectThrow(() => secretBox.seal({ ...request, key: wrongKey }), 'seal key');
        await expectThrow(() => secretBox.open({ ...open, key: wrongKey }), 'open key');
      }
      for (const context of ['', 'é', 'a\n', 'a'.repeat(256)]) {
        await expectThrow(() => secretBox.seal({ ...request, context }), 'seal context');
        await expectThrow(() => secretBox.open({ ...open, context }), 'open context');
      }
      eraseBytes(key);
      await expectThrow(() => secretBox.open(open), 'erased key');
    },
  },
];

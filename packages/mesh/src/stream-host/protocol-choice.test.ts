import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { askForProtocol, confirmProtocol, hearProtocol } from './protocol-choice.ts';

const header = line('/multistream/1.0.0');

describe('who asks for a protocol', () => {
  test('gets it, and the bytes behind the answer', async () => {
    const ends = createEnds(header, `${line('/pars/a/1')}rest`);
    const chosen = await askForProtocol(ends, '/pars/a/1');
    assert.equal(chosen.ok && text(chosen.value.leftover), 'rest');
    assert.equal(ends.written(), header + line('/pars/a/1'));
  });

  const refusals = {
    'mesh/unsupported-protocol': [[header, line('na')]],
    'mesh/stream-broken': [
      [],
      ['HTTP/1.1 400 Bad Request\r\n'],
      [header],
      [header, line('/pars/other/1')],
      [line('/multistream/2.0.0')],
      [header, '\x80\x80\x80\n'],
      [header, '\x0aabsent line feed'],
      [header, '\x00'],
      [header, '\x81\x20'],
      [header, '\x03\xff\xff\n'],
    ],
  };
  for (const [code, streams] of Object.entries(refusals)) {
    for (const [index, parts] of streams.entries()) {
      test(`${code} ${index}`, async () => {
        const chosen = await askForProtocol(createEnds(...parts), '/pars/a/1');
        assert.equal(chosen.ok ? '' : chosen.error.code, code);
      });
    }
  }
});

describe('who is asked', () => {
  const isServed = (protocol: string): boolean => protocol === '/pars/a/1';

  test('hears the first name that it serves', async () => {
    const ends = createEnds(header + line('/pars/z/1'), `${line('/pars/a/1')}rest`);
    const heard = await hearProtocol(ends, isServed);
    assert.equal(heard.ok && heard.value.protocol, '/pars/a/1');
    assert.equal(heard.ok && text(heard.value.leftover), 'rest');
    await confirmProtocol(ends, '/pars/a/1');
    assert.equal(ends.written(), header + line('na') + line('/pars/a/1'));
  });

  test('reads a name that comes byte by byte, and one of full length', async () => {
    const long = `/${'x'.repeat(1_022)}`;
    for (const name of ['/pars/a/1', long]) {
      const ends = createEnds(...(header + line(name)));
      const heard = await hearProtocol(ends, (protocol) => protocol === name);
      assert.equal(heard.ok && heard.value.protocol, name);
    }
  });

  test('gives up on who tries too often, or speaks something else', async () => {
    const names = Array.from({ length: 9 }, (_, index) => line(`/pars/z/${index}`));
    for (const [code, ...parts] of [
      ['mesh/unsupported-protocol', header, ...names],
      ['mesh/unsupported-protocol', header],
      ['mesh/unsupported-protocol', header, line(`/${'x'.repeat(1_023)}`)],
      ['mesh/stream-broken', 'GET / HTTP/1.1\r\n'],
      ['mesh/stream-broken'],
    ]) {
      const heard = await hearProtocol(createEnds(...parts), isServed);
      assert.equal(heard.ok ? '' : heard.error.code, code);
    }
  });
});

/** A line as it crosses, one character a byte. */
function line(name: string): string {
  const length = name.length + 1;
  const size = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return `${String.fromCharCode(...size)}${name}\n`;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function createEnds(...parts: readonly string[]): Parameters<typeof askForProtocol>[0] & {
  written(): string;
} {
  const written: Uint8Array[] = [];
  async function* read(): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield Uint8Array.from(Buffer.from(part, 'latin1'));
  }
  return {
    stream: {
      async write(bytes) {
        written.push(bytes);
      },
    },
    reader: read(),
    written: () => text(Buffer.concat(written)),
  };
}

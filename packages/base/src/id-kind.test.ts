import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodec } from './cbor/codec.ts';
import { defineId } from './id-kind.ts';
import { unwrap } from './pars-error.ts';

const thingId = defineId('ThingId', 4);
const id = unwrap(thingId.fromBytes(new Uint8Array([1, 2, 3, 4])));

test('ids go to text and CBOR and back', () => {
  assert.equal(thingId.toText(id), 'aebagba');
  assert.deepEqual(unwrap(thingId.fromText('aebagba')), id);
  const codec = createCodec('test/id', thingId.schema, { maxBytes: 5 });
  assert.deepEqual(unwrap(codec.decode(codec.encode(id))), id);
});

test('an id is a copy', () => {
  const bytes = new Uint8Array([1, 2, 3, 4]);
  const copy = unwrap(thingId.fromBytes(bytes));
  bytes.fill(0);
  assert.deepEqual(copy, id);
});

test('another length is refused', () => {
  const failure = { ok: false, error: { code: 'base/id-length', meta: { kind: 'ThingId' } } };
  assert.deepEqual(thingId.fromBytes(new Uint8Array(3)), failure);
  assert.deepEqual(thingId.fromText('aebag'), failure);
  assert.ok(!thingId.fromText('aebagbaaebagba').ok);
  assert.ok(!thingId.fromText('AEBAGBA').ok);
});

test('random ids ask for their length', () => {
  const asked: number[] = [];
  const random = {
    bytes(length: number) {
      asked.push(length);
      return new Uint8Array(length);
    },
  };
  assert.equal(thingId.random(random).length, 4);
  assert.deepEqual(asked, [4]);
});

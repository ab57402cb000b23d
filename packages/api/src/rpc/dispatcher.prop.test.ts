import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { methodTable } from '../methods/method-table.ts';
import { fuzzTargets } from './dispatcher.fuzz.ts';
import { failureFromData, requestFromFrame } from './json-rpc.ts';

const encoder = new TextEncoder();

const anyFrame = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json({ maxDepth: 3 }).map((text) => encoder.encode(text)),
  fc
    .record({
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
      method: fc.oneof(fc.constantFrom(...Object.keys(methodTable), 'chat.watch'), fc.string()),
      params: fc.oneof(
        fc.dictionary(
          fc.constantFrom('name', 'password', 'limit', 'with', 'after', 'to', 'text', '__proto__'),
          fc.jsonValue({ maxDepth: 2 }),
        ),
        fc.jsonValue({ maxDepth: 2 }),
      ),
    })
    .map((value) => encoder.encode(JSON.stringify(value))),
);

for (const target of fuzzTargets) {
  test(`any frame: ${target.name}`, async () => {
    await fc.assert(
      fc.asyncProperty(anyFrame, async (frame) => {
        await target.run(frame);
      }),
      { numRuns: 200 },
    );
  });
}

test('a request is read as it was written', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.maxSafeInteger(), fc.string({ minLength: 1, maxLength: 64 })),
      fc.string(),
      fc.dictionary(fc.string(), fc.jsonValue()),
      (id, method, params) => {
        const text = JSON.stringify({ jsonrpc: '2.0', id, method, params });
        const request = requestFromFrame(encoder.encode(text));
        assert.ok(request.ok);
        assert.deepEqual(
          request.value,
          JSON.parse(JSON.stringify({ id, method, params })) as unknown,
        );
      },
    ),
  );
});

test('a failure from outside keeps its code and only flat fields', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      const failure = failureFromData(data);
      if (failure === undefined) return;
      assert.match(failure.code, /^[a-z0-9-]+\/[a-z0-9-]+$/);
      for (const value of Object.values(failure.meta ?? {})) {
        assert.ok(['string', 'number', 'boolean'].includes(typeof value));
      }
    }),
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatMessage } from '@pars/api';
import { unwrap } from '@pars/base';
import type { World } from './world.ts';
import { createTestWorld } from './world-fixture.ts';

const world = (seed: string): World => createTestWorld(seed);
const { signal } = new AbortController();
const texts = (messages: readonly ChatMessage[]) => messages.map(({ text }) => text);

describe('a conversation among many', () => {
  test('is read by itself, newest first or from a place on', async () => {
    const { time, createNode, during } = world('many conversations');
    const ana = await createNode('ana');
    const [bob, cyrus] = [await createNode('bob'), await createNode('cyrus')];
    for (const node of [ana, bob, cyrus]) await node.create();
    unwrap(await during(bob.add(await ana.invite())));
    unwrap(await during(cyrus.add(await ana.invite())));
    await bob.send('ana', 'first');
    await time.advance(1_000);
    await ana.send('bob', 'second');
    for (let index = 0; index < 6; index += 1) await cyrus.send('ana', `noise ${index}`);
    await time.advance(10_000);
    await bob.send('ana', 'third');
    for (let index = 6; index < 12; index += 1) await ana.send('cyrus', `noise ${index}`);
    await time.advance(10_000);

    const read = async (range: { after?: number; limit: number }) => {
      const found = await ana.engine.methods['chat.read']({ with: 'bob', ...range }, { signal });
      return texts(unwrap(found).messages);
    };
    const third = (await ana.read()).find(({ text }) => text === 'third')?.sequence ?? 0;
    for (const [range, expected] of [
      [{ limit: 10 }, ['first', 'second', 'third']],
      [{ limit: 2 }, ['second', 'third']],
      [{ limit: 10, after: third }, []],
      [{ limit: 10, after: third - 1 }, ['third']],
    ] as const) {
      assert.deepEqual(await read(range), expected);
    }
    assert.deepEqual(await read({ limit: 2, after: 0 }), ['first', 'second']);

    await ana.stop();
    await ana.start();
    await ana.unlock();
    assert.deepEqual(await read({ limit: 10 }), ['first', 'second', 'third']);
  });
});

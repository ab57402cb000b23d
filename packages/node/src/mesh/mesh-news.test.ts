import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MeshEvent } from '@pars/api';
import { createMeshNews } from './mesh-news.ts';

const offer = (path: string, bytes: number = 1): MeshEvent => ({
  type: 'bundle-offered',
  path,
  bytes,
});
const peer = { nodeId: 'n', address: '/a', direction: 'inbound', sinceMs: 1 } as const;

describe('news of the mesh', () => {
  test('tell who comes later of bundles that are still there, and of nothing else', () => {
    const news = createMeshNews();
    news.tell(offer('/stick/a'));
    news.tell({ type: 'link', state: 'up', peer });
    news.tell(offer('/other/b'));
    news.tell(offer('/stick/a', 2));
    const heard: MeshEvent[] = [];
    const stop = news.listen((event) => heard.push(event));
    assert.deepEqual(heard, [offer('/other/b'), offer('/stick/a', 2)]);
    news.tell(offer('/stick/c'));
    assert.deepEqual(heard.at(-1), offer('/stick/c'));
    stop();
    news.tell(offer('/stick/d'));
    assert.equal(heard.length, 3);
  });

  test('forget a stick that was pulled out, and no other', () => {
    const news = createMeshNews();
    for (const path of ['/stick/a', '/stick/deep/b', '/stick2/c']) news.tell(offer(path));
    news.forgetBundles('/stick');
    const heard: MeshEvent[] = [];
    news.listen((event) => heard.push(event));
    assert.deepEqual(heard, [offer('/stick2/c')]);
  });

  test('keep the latest 64 offers', () => {
    const news = createMeshNews();
    for (let at = 0; at < 100; at += 1) news.tell(offer(`/stick/${at}`));
    const heard: MeshEvent[] = [];
    news.listen((event) => heard.push(event));
    assert.equal(heard.length, 64);
    assert.deepEqual(heard.at(-1), offer('/stick/99'));
  });
});

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { servePage } from './page-server.ts';

test('serves the page and its script, and nothing that lies elsewhere', async () => {
  await using server = await servePage('export {};');
  assert.equal(await statusOf(server.port, '/page'), 200);
  assert.equal(await statusOf(server.port, '/script.js'), 200);
  assert.equal(await statusOf(server.port, '/packages/crypto/suite-1.vectors.json'), 200);
  for (const path of [
    '/',
    '/vectors/',
    '/vectors/../package.json',
    '/vectors/wycheproof/../../package.json',
    '/vectors/%2e%2e/package.json',
    '/vectors/wycheproof/absent.json',
    '/packages/crypto/package.json',
    '/packages/../suite-1.vectors.json',
    '/etc/passwd',
  ]) {
    assert.equal(await statusOf(server.port, path), 404, path);
  }
});

/** Sends the path as it is: `fetch` would tidy it first. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request({ host: '127.0.0.1', port, path }, (response) => {
    response.resume();
    resolve(response.statusCode);
  })
    .once('error', reject)
    .end();
  return promise;
}

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { unwrap } from '@pars/base';
import { type StaticSiteServer, serveStaticSite } from './static-site-server.ts';

describe('static site server', () => {
  let root = '';
  let server: StaticSiteServer;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'pars-site-'));
    await mkdir(join(root, 'site/PIPs/pip-0001'), { recursive: true });
    await writeFile(join(root, 'secret.html'), 'secret');
    await writeFile(join(root, 'site/index.html'), 'home');
    await writeFile(join(root, 'site/PIPs/pip-0001/index.html'), 'one');
    await writeFile(join(root, 'site/note.exe'), 'no');
    await symlink(join(root, 'secret.html'), join(root, 'site/link.html'));
    server = unwrap(await serveStaticSite(join(root, 'site'), { port: 0 }));
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  interface Answer {
    readonly status: number;
    readonly body: string;
    readonly location: string | undefined;
  }

  function ask(
    path: string,
    options: { readonly method?: string; readonly host?: string } = {},
  ): Promise<Answer> {
    const { port, host } = new URL(server.address);
    return new Promise((resolve, reject) => {
      const { method = 'GET' } = options;
      const headers = { Host: options.host ?? host };
      const asked = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          body += piece;
        });
        response.on('end', () => {
          const { location } = response.headers;
          resolve({ status: response.statusCode ?? 0, body, location });
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  test('serves pages, also by the name of their folder', async () => {
    assert.equal((await ask('/')).body, 'home');
    assert.equal((await ask('/PIPs/pip-0001/')).body, 'one');
    assert.equal((await ask('/PIPs/pip-0001/index.html?x=1')).body, 'one');
    const moved = await ask('/PIPs/pip-0001');
    assert.deepEqual([moved.status, moved.location], [301, '/PIPs/pip-0001/']);
    assert.deepEqual(await ask('/', { method: 'HEAD' }).then(({ body }) => body), '');
  });

  for (const path of [
    '/../secret.html',
    '/..%2fsecret.html',
    '/%2e%2e/secret.html',
    '/link.html',
    '/note.exe',
    '//secret.html',
    '/PIPs',
    'http://127.0.0.1/secret.html',
    '/index.html%00',
  ]) {
    test(`answers ${path} with 404`, async () => {
      assert.equal((await ask(path)).status, 404);
    });
  }

  test('refuses foreign hosts and other methods', async () => {
    assert.equal((await ask('/', { host: 'evil.example' })).status, 403);
    assert.equal((await ask('/', { method: 'POST' })).status, 405);
  });

  test('says that there is no folder, or that the port is taken', async () => {
    const none = await serveStaticSite(join(root, 'nothing'), { port: 0 });
    assert.equal(none.ok || none.error.code, 'site/not-a-folder');
    const taken = await serveStaticSite(join(root, 'site'), {
      port: Number(new URL(server.address).port),
    });
    assert.equal(taken.ok || taken.error.code, 'site/cannot-listen');
  });
});

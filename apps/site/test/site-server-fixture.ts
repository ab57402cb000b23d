import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SiteFiles } from '../src/site/site-model.ts';

/** A site that is served from memory, as an ordinary server of files would. */
export interface SiteServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/`. */
  readonly address: string;
}

/** Serves a site: a folder leads to its `index.html`, and gets its `/` first. */
export async function serveSite(files: SiteFiles): Promise<SiteServer> {
  const server = createServer((request, response) => {
    answer(files, new URL(request.url ?? '/', 'http://site').pathname, response);
  });
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  xml: 'application/atom+xml',
  md: 'text/markdown',
};

function answer(files: SiteFiles, pathname: string, response: ServerResponse): void {
  const path = decodeURIComponent(pathname.slice(1));
  if (path !== '' && !path.endsWith('/') && files.has(`${path}/index.html`)) {
    response.writeHead(301, { Location: `${pathname}/` }).end();
    return;
  }
  const name = path === '' || path.endsWith('/') ? `${path}index.html` : path;
  const content = files.get(name);
  if (content === undefined) {
    response.writeHead(404).end();
    return;
  }
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.end(content);
}

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, relative, sep } from 'node:path';
import { err, type Failure, ok, type Result } from '@pars/base';

/** Why a folder is not served: it is no folder, holds too much, or no port could be bound. */
export type StaticSiteErrorCode = 'site/not-a-folder' | 'site/too-large' | 'site/cannot-listen';

/** A folder that is being served. Disposing of it closes the port. */
export interface StaticSiteServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/` */
  readonly address: string;
}

const MAX_FILES = 10_000;
const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8_192;
const TIMEOUT_MS = 10_000;

const TYPE_BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.md', 'text/plain; charset=utf-8'],
  ['.xml', 'application/atom+xml; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.webp', 'image/webp'],
  ['.gif', 'image/gif'],
]);

const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // The pages state a stricter policy of their own; this one holds for every file.
  'Content-Security-Policy': "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
  'Cache-Control': 'no-cache',
} as const;

/**
 * Serves a folder of finished pages on a port of its own at 127.0.0.1: another
 * origin than the local API, so that no page can stand in for it (PIP-4000 §1).
 *
 * Only files that were there at the start, under names without links and with
 * a known ending, are served; a request names one of them or gets 404, so no
 * path can lead out of the folder.
 */
export async function serveStaticSite(
  folder: string,
  options: { readonly port: number },
): Promise<Result<StaticSiteServer, Failure<StaticSiteErrorCode>>> {
  const listed = await listFiles(folder);
  if (!listed.ok) return listed;
  const pathByUrl = listed.value;
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    (request, response) => answer(pathByUrl, `127.0.0.1:${portOf()}`, request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const portOf = (): number => (server.address() as AddressInfo).port;

  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(options.port, '127.0.0.1', () => resolve(true));
  });
  if (!isListening) return err('site/cannot-listen');
  return ok({
    address: `http://127.0.0.1:${portOf()}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function answer(
  pathByUrl: ReadonlyMap<string, string>,
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = (request.url ?? '').split('?', 1)[0] ?? '';
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  // A foreign name for this address is a page of somebody else (DNS rebinding).
  if (request.headers.host !== host) return refuse(response, 403);
  if (!isRead) return refuse(response, 405);
  const path = pathByUrl.get(url.endsWith('/') ? `${url}index.html` : url);
  if (path === undefined) {
    if (!pathByUrl.has(`${url}/index.html`)) return refuse(response, 404);
    response.writeHead(301, { ...HEADERS, Location: `${url}/` }).end();
    return;
  }
  response.writeHead(200, {
    ...HEADERS,
    'Content-Type': TYPE_BY_EXTENSION.get(extname(path)) ?? 'application/octet-stream',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  createReadStream(path)
    .on('error', () => response.destroy())
    .pipe(response);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain' }).end();
}

/** Files by the path under which they are asked for, percent-encoded as browsers do. */
async function listFiles(
  folder: string,
): Promise<Result<ReadonlyMap<string, string>, Failure<StaticSiteErrorCode>>> {
  try {
    if (!(await stat(folder)).isDirectory()) return err('site/not-a-folder');
    const pathByUrl = new Map<string, string>();
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !TYPE_BY_EXTENSION.has(extname(entry.name))) continue;
      if (pathByUrl.size >= MAX_FILES) return err('site/too-large');
      const path = join(entry.parentPath, entry.name);
      const segments = relative(folder, path).split(sep).map(encodeURIComponent);
      pathByUrl.set(`/${segments.join('/')}`, path);
    }
    return ok(pathByUrl);
  } catch {
    return err('site/not-a-folder');
  }
}

import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A running server of one page. */
export interface PageServer extends AsyncDisposable {
  readonly port: number;
}

/** Other people's test vectors lie beside the repository, where there are any. */
const vectorFolder = join(import.meta.dirname, '../../../shared/vectors');

/** `/vectors/<folder>/<file>.json`: plain names only, so no path can leave the folder. */
const VECTOR_PATH = /^\/vectors\/([a-z0-9-]+)\/([a-z0-9_-]+\.json)$/;

/** The project's own frozen vectors lie with the package that they test. */
const packageFolder = join(import.meta.dirname, '../../packages');

/** `/packages/<package>/<file>.vectors.json`, from the package's sources. */
const OWN_VECTOR_PATH = /^\/packages\/([a-z0-9-]+)\/([a-z0-9-]+\.vectors\.json)$/;

/**
 * Serves `/page` (runs the script), `/empty` (starts nothing, for workers),
 * `/script.js`, `/vectors/…` and `/packages/…` on a free port of 127.0.0.1, isolated from
 * every other origin. The page may talk to itself and to `connectTo`: origins, e.g. `ws://127.0.0.1:8080`.
 */
export async function servePage(
  script: string,
  connectTo: readonly string[] = [],
): Promise<PageServer> {
  const server = createServer((request, response) => {
    void answer(request.url ?? '/', script, response, connectTo);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

async function answer(
  path: string,
  script: string,
  response: ServerResponse,
  connectTo: readonly string[],
): Promise<void> {
  // Isolation also gives `performance.now()` its fine resolution, for benchmarks.
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  // WebAssembly is compiled code like any other script of the page; text stays text.
  response.setHeader(
    'Content-Security-Policy',
    `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src ${["'self'", ...connectTo].join(' ')}`,
  );
  if (path === '/page') {
    send(response, 'text/html', '<!doctype html><script type="module" src="/script.js"></script>');
  } else if (path === '/empty') {
    send(response, 'text/html', '<!doctype html>');
  } else if (path === '/script.js') {
    send(response, 'text/javascript', script);
  } else {
    const file = vectorFile(path);
    const vectors = file === undefined ? undefined : await readVectors(file);
    if (vectors === undefined) response.writeHead(404).end();
    else send(response, 'application/json', vectors);
  }
}

function send(response: ServerResponse, type: string, body: string): void {
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.end(body);
}

function vectorFile(path: string): string | undefined {
  const [, folder = '', file = ''] = VECTOR_PATH.exec(path) ?? [];
  if (file !== '') return join(vectorFolder, folder, file);
  const [, owner = '', own = ''] = OWN_VECTOR_PATH.exec(path) ?? [];
  return own === '' ? undefined : join(packageFolder, owner, 'src', own);
}

async function readVectors(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

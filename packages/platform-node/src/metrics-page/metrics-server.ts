import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { err, type Failure, ok, type Result } from '@pars/base';
import { metricsText } from './metrics-text.ts';

/** The page that Prometheus reads. Disposing of it closes the port. */
export interface MetricsServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/metrics` */
  readonly address: string;
}

const MAX_CONNECTIONS = 8;
const MAX_HEADER_BYTES = 8_192;
const TIMEOUT_MS = 10_000;

/**
 * Serves `/metrics` at 127.0.0.1 in Prometheus' text format: only for who asks
 * for it, without identities, and no counts of letters (PIP-4000
 * §9). `read` gives the values by name at the moment of a request. A page in a
 * browser cannot read it: the host must be exact, and no origin is allowed.
 * Fails with `metrics/cannot-listen`.
 */
export async function serveMetrics(
  read: () => Promise<ReadonlyMap<string, number>>,
  options: { readonly port: number },
): Promise<Result<MetricsServer, Failure<'metrics/cannot-listen'>>> {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    (request, response) => {
      const { method, url, headers } = request;
      const isAllowed =
        headers.host === `127.0.0.1:${portOf()}` &&
        headers.origin === undefined &&
        method === 'GET' &&
        url === '/metrics';
      if (!isAllowed) return void response.writeHead(404).end();
      read().then(
        (values) => {
          response.writeHead(200, {
            'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
            'Cross-Origin-Resource-Policy': 'same-origin',
            'X-Content-Type-Options': 'nosniff',
            'Cache-Control': 'no-store',
          });
          response.end(metricsText(values));
        },
        () => response.writeHead(500).end(),
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  const portOf = (): number => (server.address() as AddressInfo).port;

  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(options.port, '127.0.0.1', () => resolve(true));
  });
  if (!isListening) return err('metrics/cannot-listen');
  return ok({
    address: `http://127.0.0.1:${portOf()}/metrics`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

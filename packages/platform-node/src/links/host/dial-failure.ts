import { type Failure, ParsError } from '@pars/base';

/**
 * The coded failure behind whatever libp2p threw: ours where one is inside,
 * else by the error's name.
 */
export function dialFailureFromError(error: unknown, signal: AbortSignal | undefined): Failure {
  if (signal?.aborted === true) return { code: 'mesh/aborted' };
  const own = findParsError(error, 4);
  if (own !== undefined) return { code: own.code };
  const name = error instanceof Error ? error.name : '';
  const code = codeByErrorName.get(name);
  return { code: code ?? 'mesh/unreachable' };
}

const codeByErrorName: ReadonlyMap<string, string> = new Map([
  ['NoValidAddressesError', 'mesh/bad-address'],
  ['InvalidMultiaddrError', 'mesh/bad-address'],
  ['UnsupportedProtocolError', 'mesh/unsupported-protocol'],
  ['TooManyOutboundProtocolStreamsError', 'mesh/too-many-streams'],
  ['TooManyInboundProtocolStreamsError', 'mesh/too-many-streams'],
  ['MuxerClosedError', 'mesh/not-connected'],
  ['ConnectionClosedError', 'mesh/not-connected'],
  ['ConnectionInterceptedError', 'mesh/unprotected-connection'],
  ['StreamResetError', 'mesh/stream-broken'],
  ['NotStartedError', 'mesh/stopped'],
]);

/** libp2p wraps causes in aggregates and in copies that keep only the message. */
function findParsError(error: unknown, depth: number): ParsError | undefined {
  if (error instanceof ParsError || depth === 0) {
    return error instanceof ParsError ? error : undefined;
  }
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'EncryptionFailedError' && error.message.startsWith('mesh/')) {
    return new ParsError(error.message);
  }
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  for (const candidate of inner) {
    const found = findParsError(candidate, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

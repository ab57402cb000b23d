import type { CallContext } from '@pars/api';
import { type Failure, type Log, ParsError, type Result } from '@pars/base';

/** Any method of the API, whatever its parameters. */
type Handler = (params: never, context: CallContext) => Promise<Result<unknown, Failure>>;

/**
 * The same methods, but what the disk refuses is returned as
 * `node/storage-failed`, and a row that is damaged as `node/row-damaged`: the
 * person can do something about either, and neither is a bug.
 */
export function tellStorageFailures<M extends Readonly<Record<string, Handler>>>(methods: M): M {
  const guarded = Object.entries(methods).map(([name, handler]) => [name, guard(handler)] as const);
  return Object.fromEntries(guarded) as M;
}

/**
 * The answer of `work`, or `later` when this node's disk refuses: the other
 * side keeps what it sent (PIP-5000 §9).
 */
export async function answerOrLater<Answer>(
  log: Log,
  work: () => Promise<Answer>,
): Promise<Answer | { readonly type: 'later' }> {
  try {
    return await work();
  } catch (error) {
    const failure = storageFailureOf(error);
    if (failure === undefined) throw error;
    log.write('error', failure.code, failure.meta);
    return { type: 'later' };
  }
}

/** What the database of a volume refuses, in the words of this package. */
export function failureFromVault(failure: Failure): Failure {
  const code = CODE_BY_VAULT_CODE.get(failure.code);
  return code === undefined ? failure : { code };
}

/** Whether a failure passes by itself: the other side keeps what it sent. */
export function isTemporary({ code }: Failure): boolean {
  return TEMPORARY.has(code);
}

function guard(handler: Handler): Handler {
  return async (params, context) => {
    try {
      return await handler(params, context);
    } catch (error) {
      const failure = storageFailureOf(error);
      if (failure === undefined) throw error;
      return { ok: false, error: failure };
    }
  };
}

function storageFailureOf(error: unknown): Failure | undefined {
  if (!(error instanceof ParsError)) return undefined;
  if (error.code === 'node/row-damaged') return { code: error.code };
  if (error.code !== 'base/storage-failed') return undefined;
  return { code: 'node/storage-failed', meta: error.meta };
}

const CODE_BY_VAULT_CODE: ReadonlyMap<string, string> = new Map([
  ['sql/closed', 'node/locked'],
  ['sql/busy', 'node/vault-busy'],
  ['sql/full', 'node/vault-full'],
]);
const TEMPORARY: ReadonlySet<string> = new Set([
  'node/locked',
  'node/vault-busy',
  'node/vault-full',
  'node/contact-quota',
  'session/too-many-contacts',
  'sql/transaction-too-large',
]);

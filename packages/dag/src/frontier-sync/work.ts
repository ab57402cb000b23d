import { type Failure, ParsError, type Result } from '@pars/base';
import { type DagFailureCode, dagError } from '../errors.ts';
import type { Receipt } from '../replica/admission.ts';
import type { FrontierAnswer, FrontierEffect, FrontierRead } from './frontier-machine.ts';
import { encodeFrontierMessage, type FrontierMessage } from './frontier-message.ts';

/** What comes back for an effect. */
export type Reply =
  | FrontierAnswer
  | { readonly what: 'admitted'; readonly receipt: Receipt }
  | { readonly what: 'imported'; readonly result: Result<void, Failure> }
  | { readonly what: 'nothing' };

/** Steps of a machine, which pause at every effect until its reply is there. After a `fail` they never go on. */
export type Work<T = void> = Generator<FrontierEffect, T, Reply>;

/** The answer to a question to the replica. */
export function* read<What extends FrontierRead['what']>(
  question: FrontierRead & { readonly what: What },
): Work<Extract<FrontierAnswer, { readonly what: What }>> {
  const reply = yield question;
  if (reply.what !== question.what) throw new ParsError('dag/argument', { what: 'answer' });
  return reply as Extract<FrontierAnswer, { readonly what: What }>;
}

/** Which of the ids the replica holds, in their order. */
export function* readHeld<Id extends Extract<FrontierRead, { what: 'has' }>['ids'][number]>(
  ids: readonly Id[],
): Work<readonly Id[]> {
  if (ids.length === 0) return [];
  const { held } = yield* read({ kind: 'read', what: 'has', ids });
  return ids.filter((_, at) => held[at] === true);
}

export function* send(message: FrontierMessage): Work {
  yield { kind: 'send', message: encodeFrontierMessage(message) };
}

/** Ends the machine: nothing after it runs. */
export function* fail(
  code: DagFailureCode,
  meta?: Readonly<Record<string, string | number | boolean>>,
): Work<never> {
  yield { kind: 'fail', failure: dagError(code, meta).error };
  throw new ParsError('dag/argument', { what: 'work after a failure' });
}

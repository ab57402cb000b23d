import type { ByteStream, Failure, Result, Scheduler } from '@pars/base';
import { meshErr } from '../errors.ts';

/**
 * What `work` over the stream gives; `mesh/relay-silent` when it takes longer,
 * or `mesh/aborted`: the stream is aborted then, so that the work ends.
 */
export async function withinTime<T>(
  scheduler: Scheduler,
  timeoutMs: number,
  stream: ByteStream,
  work: () => Promise<Result<T, Failure>>,
  signal?: AbortSignal,
): Promise<Result<T, Failure>> {
  let stopCode: 'mesh/relay-silent' | 'mesh/aborted' | undefined;
  const stop = (code: 'mesh/relay-silent' | 'mesh/aborted'): void => {
    stopCode ??= code;
    stream.abort();
  };
  const onAbort = (): void => stop('mesh/aborted');
  const cancel = scheduler.schedule(timeoutMs, () => stop('mesh/relay-silent'));
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted === true) onAbort();
  try {
    const result = await work();
    return stopCode === undefined ? result : meshErr(stopCode);
  } catch {
    return meshErr(stopCode ?? 'mesh/stream-broken');
  } finally {
    cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

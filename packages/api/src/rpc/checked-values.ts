import { err, type Failure, ok, type Result } from '@pars/base';
import * as v from 'valibot';

/**
 * Checks parameters from outside. The failure names the path of the first
 * wrong field as the schema spells it, never a value and never a name that the
 * caller invented: both could hold a secret.
 */
export function checkParams<T>(
  schema: v.GenericSchema<unknown, T>,
  params: Readonly<Record<string, unknown>>,
): Result<T, Failure> {
  const parsed = v.safeParse(schema, params, { abortEarly: true });
  if (parsed.success) return ok(parsed.output);
  const issue = parsed.issues[0];
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return err('api/invalid-params', { path: '', reason: 'unknown-key' });
  }
  return err('api/invalid-params', { path: v.getDotPath(issue) ?? '' });
}

/** Checks what a handler returned; `undefined` when it breaks its promise. */
export function checkOutput<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | undefined {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  return parsed.success ? parsed.output : undefined;
}

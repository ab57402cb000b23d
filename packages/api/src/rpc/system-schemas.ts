import * as v from 'valibot';

/** Parameters of `api.open`, the first request of every connection (PIP-4000 §2). */
export interface OpenParams {
  readonly apiVersion: number;
  /** 43 characters of base64url (32 bytes) on carriers that ask for a token. */
  readonly token: string;
}

/** Schema of {@link OpenParams}. Its failures are all answered as `api/unauthorized`. */
export const openParamsSchema: v.GenericSchema<unknown, OpenParams> = v.strictObject({
  apiVersion: v.pipe(v.number(), v.safeInteger()),
  token: v.pipe(v.string(), v.maxLength(128)),
});

/** Schema of the parameters of `api.unsubscribe`. */
export const unsubscribeParamsSchema: v.GenericSchema<unknown, { readonly subscription: string }> =
  v.strictObject({ subscription: v.pipe(v.string(), v.maxLength(32)) });

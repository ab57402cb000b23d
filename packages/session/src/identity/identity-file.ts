import {
  createCodec,
  err,
  expose,
  type Failure,
  ok,
  type Redacted,
  type Result,
  redact,
  schema,
} from '@pars/base';
import { FORMAT_VERSION, SUITE_ID } from '../limits.ts';
import type { IdentitySeeds } from './identity.ts';
import { MAX_NAME_BYTES, type PersonName, parsePersonName } from './person-name.ts';

/** The content of `identity.sealed` (PIP-5000 §11). */
export interface IdentityFile {
  readonly seeds: IdentitySeeds;
  /** 32 random bytes, from which the keys of the rows come. */
  readonly storageKey: Redacted<Uint8Array>;
  readonly name: PersonName;
  readonly createdAtMs: number;
}

/** The bytes to seal with the password. They are secret: erase them after sealing. */
export function encodeIdentityFile(file: IdentityFile): Redacted<Uint8Array> {
  return redact(
    codec.encode({
      version: FORMAT_VERSION,
      suite: SUITE_ID,
      rootPublicKey: file.seeds.rootPublicKey,
      signingSeed: expose(file.seeds.signingSeed),
      staticSeed: expose(file.seeds.staticSeed),
      storageKey: expose(file.storageKey),
      name: file.name,
      createdAtMs: file.createdAtMs,
    }),
  );
}

/** Total. Codes: `session/identity-malformed`, `session/unknown-version`, `session/unknown-suite`. */
export function decodeIdentityFile(bytes: Redacted<Uint8Array>): Result<IdentityFile, Failure> {
  const decoded = codec.decode(expose(bytes));
  if (!decoded.ok) return err('session/identity-malformed');
  const file = decoded.value;
  if (file.version !== FORMAT_VERSION) return err('session/unknown-version');
  if (file.suite !== SUITE_ID) return err('session/unknown-suite');
  const name = parsePersonName(file.name);
  if (!name.ok) return err('session/identity-malformed');
  return ok({
    seeds: {
      rootPublicKey: file.rootPublicKey,
      signingSeed: redact(file.signingSeed),
      staticSeed: redact(file.staticSeed),
    },
    storageKey: redact(file.storageKey),
    name: name.value,
    createdAtMs: file.createdAtMs,
  });
}

const codec = createCodec(
  'session/identity-file',
  schema.struct({
    version: [1, schema.uint({ max: 255 })],
    suite: [2, schema.uint({ max: 255 })],
    rootPublicKey: [3, schema.bytes({ length: 64 })],
    signingSeed: [4, schema.bytes({ length: 64 })],
    staticSeed: [5, schema.bytes({ length: 96 })],
    storageKey: [6, schema.bytes({ length: 32 })],
    name: [7, schema.text({ min: 1, maxBytes: MAX_NAME_BYTES })],
    createdAtMs: [8, schema.uint()],
  }),
  { maxBytes: 1_024 },
);

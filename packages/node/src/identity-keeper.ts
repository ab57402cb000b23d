import type { IdentityState } from '@pars/api';
import {
  eraseBytes,
  err,
  expose,
  type Failure,
  ok,
  type Redacted,
  type Result,
  redact,
} from '@pars/base';
import {
  entropyFromPhrase,
  generateRecoveryPhrase,
  passwordFromText,
  rootSeedFromEntropy,
} from '@pars/crypto';
import {
  decodeIdentityFile,
  deriveIdentitySeeds,
  encodeIdentityFile,
  type IdentityFile,
  openIdentity,
  parsePersonName,
  type SessionId,
} from '@pars/session';
import type { NodeEngineDeps, NodeEngineOptions } from './engine-deps.ts';
import { refreshKeys } from './profile/key-schedule.ts';
import { deleteProfileRows, openProfile, type Profile } from './profile/profile.ts';
import { createRowCipher } from './profile/row-cipher.ts';
import { createSerialQueue } from './serial-queue.ts';

/** The person of this node: made, opened and locked here, one step at a time. */
export interface IdentityKeeper {
  /** The open profile, or `undefined`. */
  current(): Profile | undefined;
  state(): Promise<IdentityState>;
  /** Codes: `session/identity-exists`, `session/bad-name`, `session/bad-password`. */
  create(
    name: string,
    password: string,
  ): Promise<Result<{ readonly sessionId: SessionId; readonly phrase: Redacted<string> }, Failure>>;
  /** As {@link create}, from a phrase; also `crypto/phrase-…`. */
  restore(
    name: string,
    password: string,
    phrase: Redacted<string>,
  ): Promise<Result<SessionId, Failure>>;
  /** Codes: `session/no-identity`, `session/wrong-password`, `session/identity-malformed`. */
  unlock(password: string): Promise<Result<SessionId, Failure>>;
  /** Forgets everything personal. Nothing to do when locked already. Code: `session/no-identity`. */
  lock(): Promise<Result<void, Failure>>;
  /** Locks without asking the disk, for the end of the engine. */
  close(): Promise<void>;
  /** The open profile. Codes: `node/locked`, `session/no-identity`. */
  require(): Promise<Result<Profile, Failure>>;
}

/** A keeper; `onChange` is told after each step that opened or closed a profile. */
export function createIdentityKeeper(
  deps: NodeEngineDeps,
  options: NodeEngineOptions,
  hooks: {
    /** Runs before the profile is visible to anybody. */
    readonly onOpen: (profile: Profile) => Promise<void>;
    readonly onClose: () => void;
  },
): IdentityKeeper {
  const { blobs, clock, passwordBox, random, store, suite } = deps;
  const queue = createSerialQueue();
  let profile: Profile | undefined;

  async function make(
    name: string,
    passwordText: string,
    phrase: Redacted<string>,
  ): Promise<Result<SessionId, Failure>> {
    if ((await blobs.read(IDENTITY_BLOB)) !== undefined) return err('session/identity-exists');
    const checkedName = parsePersonName(name);
    if (!checkedName.ok) return checkedName;
    const entropy = entropyFromPhrase(phrase);
    if (!entropy.ok) return entropy;
    const rootSeed = rootSeedFromEntropy(suite.symmetric, entropy.value);
    const file: IdentityFile = {
      seeds: await deriveIdentitySeeds(suite, rootSeed),
      storageKey: redact(random.bytes(32)),
      name: checkedName.value,
      createdAtMs: Math.max(0, Math.floor(clock.nowMs())),
    };
    eraseBytes(rootSeed);
    eraseBytes(entropy.value);
    const sealed = await sealFile(passwordText, file);
    if (!sealed.ok) return sealed;
    // Rows of an identity whose file is gone cannot be read by anybody.
    await deleteProfileRows(store);
    // The file comes last: a crash before it leaves nobody, and nobody's phrase is lost.
    return ok(await open(file, () => blobs.replace(IDENTITY_BLOB, sealed.value)));
  }

  async function sealFile(
    passwordText: string,
    file: IdentityFile,
  ): Promise<Result<Uint8Array, Failure>> {
    const password = passwordFromText(passwordText);
    const plaintext = encodeIdentityFile(file);
    const sealed = await passwordBox.sealWithPassword({
      password,
      context: IDENTITY_CONTEXT,
      plaintext: expose(plaintext),
      profile: options.passwordProfile ?? 'standard',
    });
    eraseBytes(plaintext);
    eraseBytes(password);
    return sealed.ok ? sealed : err('session/bad-password');
  }

  async function open(file: IdentityFile, makeDurable?: () => Promise<void>): Promise<SessionId> {
    const { seeds, storageKey, name, createdAtMs } = file;
    const identity = await openIdentity(suite, seeds);
    const cipher = createRowCipher(deps, storageKey);
    eraseFile(file);
    const opened = await openProfile(deps, { identity, name, createdAtMs, cipher });
    try {
      await refreshKeys(deps, opened);
      await makeDurable?.();
      await hooks.onOpen(opened);
    } catch (error) {
      await opened.close();
      throw error;
    }
    profile = opened;
    return identity.sessionId;
  }

  async function unlockNow(passwordText: string): Promise<Result<SessionId, Failure>> {
    const sealed = await blobs.read(IDENTITY_BLOB);
    if (sealed === undefined) return err('session/no-identity');
    const password = passwordFromText(passwordText);
    const plaintext = await passwordBox.openWithPassword({
      password,
      context: IDENTITY_CONTEXT,
      sealed,
    });
    eraseBytes(password);
    if (!plaintext.ok) return err(codeOfBox(plaintext.error));
    const content = redact(plaintext.value);
    const file = decodeIdentityFile(content);
    eraseBytes(content);
    if (!file.ok) return file;
    // The password is checked even while open: a wrong one must not look right.
    if (profile !== undefined) {
      eraseFile(file.value);
      return ok(profile.identity.sessionId);
    }
    return ok(await open(file.value));
  }

  async function closeNow(): Promise<void> {
    const closing = profile;
    profile = undefined;
    if (closing === undefined) return;
    await closing.close();
    hooks.onClose();
  }

  async function state(): Promise<IdentityState> {
    if (profile !== undefined) return 'open';
    return (await blobs.read(IDENTITY_BLOB)) === undefined ? 'none' : 'locked';
  }

  return {
    current: () => profile,
    state,
    create: (name, password) =>
      queue.run(async () => {
        const phrase = generateRecoveryPhrase(deps);
        const made = await make(name, password, phrase);
        return made.ok ? ok({ sessionId: made.value, phrase }) : made;
      }),
    restore: (name, password, phrase) => queue.run(() => make(name, password, phrase)),
    unlock: (password) => queue.run(() => unlockNow(password)),
    lock: () =>
      queue.run(async () => {
        if ((await state()) === 'none') return err('session/no-identity');
        await closeNow();
        return ok(undefined);
      }),
    close: () => queue.run(closeNow),
    async require() {
      if (profile !== undefined) return ok(profile);
      return err((await state()) === 'none' ? 'session/no-identity' : 'node/locked');
    },
  };
}

/** The keys made from it live on, inside the provider and the cipher. */
function eraseFile({ seeds, storageKey }: IdentityFile): void {
  eraseBytes(seeds.signingSeed);
  eraseBytes(seeds.staticSeed);
  eraseBytes(storageKey);
}

function codeOfBox(failure: Failure): string {
  switch (failure.code) {
    case 'crypto/wrong-password':
      return 'session/wrong-password';
    case 'crypto/password-length':
      return 'session/bad-password';
    default:
      return 'session/identity-malformed';
  }
}

const IDENTITY_BLOB = 'identity.sealed';
const IDENTITY_CONTEXT = 'pars/1 identity file';

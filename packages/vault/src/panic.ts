import { concatBytes, type Failure, type RandomDep, type Result } from '@pars/base';
import { ERASABLE_SECRET_BYTES, type ErasableSecret } from './erasable-secret.ts';
import type { Media } from './media.ts';
import { type RandomiseProgress, randomiseMedia } from './randomise.ts';
import type { Vault } from './vault.ts';

/** What a panic needs; what is absent is left out. */
export interface PanicDeps extends RandomDep {
  /** The keeper of E; one that can take its place away, does. */
  readonly secret: ErasableSecret & {
    readonly destroy?: () => Promise<Result<void, Failure>>;
  };
}

/** What a panic does beside destroying E. */
export interface PanicRequest {
  /** The vault, if it is unlocked: its keys are overwritten at once, without a flush. */
  readonly vault?: Vault;
  /** Media that are filled with random bytes: the container, the slab. None: E alone is destroyed, which takes the hidden volume and no other. */
  readonly media?: readonly Media[];
  /** Bytes done of the medium with that index. */
  readonly onProgress?: (medium: number, doneBytes: number) => void;
}

/** What came of it. Nothing that failed kept the rest from being done. */
export interface PanicOutcome {
  readonly isSecretDestroyed: boolean;
  /** Every medium is random from its first byte to its last; true also where none was given. */
  readonly areMediaRandom: boolean;
}

/**
 * Makes what the vault holds unreadable (PIP-3000 §11.4), in the order in which
 * it matters: keys in memory, E, the salt page of every medium, then the rest.
 * After a crash it can be called again; what was done stays done. Never throws.
 * A container that was filled is what a new one is before it has passwords; its
 * files are the caller's to remove.
 */
export async function panicVault(deps: PanicDeps, request: PanicRequest): Promise<PanicOutcome> {
  const { secret, random } = deps;
  request.vault?.drop();
  const value = random.bytes(ERASABLE_SECRET_BYTES);
  const written = await secret.write(concatBytes(value)).catch(() => undefined);
  const removed = await secret.destroy?.().catch(() => undefined);
  const isSecretDestroyed = written?.ok === true || removed?.ok === true;
  let areMediaRandom = true;
  for (const [at, media] of (request.media ?? []).entries()) {
    const onProgress: RandomiseProgress = (done) => request.onProgress?.(at, done);
    const filled = randomiseMedia({ media, random }, { onProgress }).then(
      () => true,
      () => false,
    );
    areMediaRandom = (await filled) && areMediaRandom;
  }
  return { isSecretDestroyed, areMediaRandom };
}

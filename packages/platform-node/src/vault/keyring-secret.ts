import { randomBytes } from 'node:crypto';
import type { AsyncEntry } from '@napi-rs/keyring';
import { ok } from '@pars/base';
import { ERASABLE_SECRET_BYTES } from '@pars/vault';
import { type KeptSecret, keeperErr, requireSecretLength } from './kept-secret.ts';

/**
 * E in the system's keyring: Keychain, Credential Manager, or the Secret
 * Service of a Linux desktop, under the service `pars` and the given account.
 * Everything that runs as the owner, logged in, can read it there.
 */
export function openKeyringSecret(account: string): KeptSecret {
  let opened: Promise<AsyncEntry> | undefined;
  const entry = (): Promise<AsyncEntry> => {
    opened ??= openEntry(account);
    return opened;
  };

  return {
    isHiddenFromDisk: false,
    async read() {
      try {
        // A keyring that is locked and nobody unlocks answers like one that holds nothing.
        const value = await (await entry()).getSecret(patience());
        if (value?.length !== ERASABLE_SECRET_BYTES) {
          return keeperErr('secret-keeper/nothing-there');
        }
        return ok(Uint8Array.from(value));
      } catch {
        return keeperErr('secret-keeper/unavailable');
      }
    },
    async write(value) {
      requireSecretLength(value);
      try {
        await (await entry()).setSecret(value.slice(), patience());
        return ok(undefined);
      } catch {
        return keeperErr('secret-keeper/unavailable');
      }
    },
    async destroy() {
      try {
        const mine = await entry();
        await mine.setSecret(randomBytes(ERASABLE_SECRET_BYTES), patience());
        await mine.deleteCredential(patience());
        return ok(undefined);
      } catch {
        return keeperErr('secret-keeper/unavailable');
      }
    },
  };
}

/** A keyring may ask its owner for a password. */
const PATIENCE_MS = 60_000;

function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS);
}

/** Loaded when it is needed: a native library that may be missing on a rare platform. */
async function openEntry(account: string): Promise<AsyncEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  // Without the pin the library falls back to the kernel's keyring, which forgets at reboot.
  return new AsyncEntry('pars', account, { linux: { store: 'secret-service' } });
}

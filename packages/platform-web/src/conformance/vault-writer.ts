// What a worker that is about to be ended writes into a vault in OPFS, and what the next one finds.
import { expose, ParsError, type Redacted, redact, unwrap, utf8ToBytes } from '@pars/base';
import { createJavaScriptProvider } from '@pars/crypto';
import type { PageVolume, Vault, VaultDeps } from '@pars/vault';
import { createSmallVault, SMALL_VAULT_BYTES, unlockSmallVault } from '@pars/vault/fakes';
import { openIndexedSecret } from '../storage/indexed-secret.ts';
import { type BrowserMedia, createOpfsMedia, openOpfsMedia } from '../storage/opfs-media.ts';
import { systemRandom } from '../system-random.ts';

/** What a worker is asked for. */
export type VaultOrder =
  | { readonly create: true }
  | { readonly write: 'hidden' | 'decoy'; readonly count: number };

/** What it says. */
export type VaultNews =
  | { readonly created: true }
  /** The numbers on the pages of both volumes, before anything is written. */
  | { readonly opened: string; readonly numbers: readonly (readonly number[])[] }
  | { readonly durable: number }
  | { readonly failed: string };

/** Pages that every transaction gives the same number. */
export const PAGES_OF_A_TRANSACTION = 4;

const NAME = 'pars-vault-death';
const PASSWORDS = { decoy: passwordOf('decoy'), hidden: passwordOf('hidden') };

/** Does what it is asked for until it is ended. Never rejects. */
export async function obey(order: VaultOrder, tell: (news: VaultNews) => void): Promise<void> {
  try {
    if ('create' in order) await create(tell);
    else await writeOn(order.write, order.count, tell);
  } catch (error) {
    tell({ failed: String(error) });
  }
}

async function create(tell: (news: VaultNews) => void): Promise<void> {
  const folder = await navigator.storage.getDirectory();
  const media = await createOpfsMedia(folder, NAME, SMALL_VAULT_BYTES);
  unwrap(await createSmallVault(await depsOf(media), PASSWORDS));
  await media.close();
  tell({ created: true });
}

/** Gives all open volumes one number after the other, and says which are durable. */
async function writeOn(
  password: 'hidden' | 'decoy',
  count: number,
  tell: (news: VaultNews) => void,
): Promise<void> {
  const numbers: [number[], number[]] = [[], []];
  const vault: Vault = unwrap(
    await unlockSmallVault(await depsOf(await openOnceFree()), {
      password: PASSWORDS[password],
      onPage: (volume, _, content) => void numbers[volume].push(numberIn(content)),
    }),
  );
  tell({ opened: vault.kind, numbers });
  const volumes = [vault.decoy, vault.hidden].filter((volume) => volume !== undefined);
  let next = Math.max(0, ...numbers.flat());
  for (let written = 0; written < count; written += 1) {
    next += 1;
    const taken = volumes.map((volume) => unwrap(volume.writePages(transaction(volume, next))));
    for (const [at, volume] of volumes.entries()) unwrap(await volume.durable(taken[at] ?? 0));
    tell({ durable: next });
  }
}

/** A browser lets go of the file of an ended worker a little later. */
async function openOnceFree(): Promise<BrowserMedia> {
  const folder = await navigator.storage.getDirectory();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await openOpfsMedia(folder, NAME);
    } catch (error) {
      if (attempt === 500 || !(error instanceof ParsError)) throw error;
      await pause(10);
    }
  }
}

async function depsOf(media: BrowserMedia): Promise<VaultDeps> {
  const { symmetric } = createJavaScriptProvider({ random: systemRandom });
  return {
    media,
    secret: await openIndexedSecret({ factory: indexedDB, name: NAME }),
    random: systemRandom,
    suite: {
      symmetric,
      password: {
        derive: async (password, salt) => redact(symmetric.sha3(expose(password), salt)),
      },
    },
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    scheduler: {
      schedule(_, work) {
        const timer = setTimeout(work, 1);
        return () => clearTimeout(timer);
      },
      sleep: () => pause(0),
    },
  };
}

function passwordOf(text: string): Redacted<Uint8Array> {
  return redact(utf8ToBytes(text));
}

function transaction(volume: PageVolume, number: number): Map<number, Uint8Array> {
  const page = new Uint8Array(volume.pageBytes);
  new DataView(page.buffer).setUint32(0, number);
  return new Map(Array.from({ length: PAGES_OF_A_TRANSACTION }, (_, at) => [at, page]));
}

function numberIn(page: Uint8Array): number {
  return new DataView(page.buffer, page.byteOffset).getUint32(0);
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });
}

import { equalBytes, hex, type RandomDep, uint32FromBytes } from '@pars/base';
import { ERASABLE_SECRET_BYTES, type SecretKeeperKind } from '@pars/vault';
import { openFileSecret } from './file-secret.ts';
import type { KeeperNote } from './keeper-note.ts';
import type { KeptSecret } from './kept-secret.ts';
import { openKeyringSecret } from './keyring-secret.ts';
import { findFreeTpmIndex, openTpmSecret } from './tpm-secret.ts';

/** The best first: what was overwritten in a TPM is gone, in a file perhaps not (PIP-3000 §9.3). */
const BEST_FIRST: readonly SecretKeeperKind[] = ['tpm', 'keyring', 'file'];

/**
 * A new place for E: in the keeper that was asked for, else in the best that
 * answers. A keeper answers when it gives back a throw-away secret and lets it
 * be taken away again. `undefined`: none of them does.
 */
export async function chooseKeeper(
  { random }: RandomDep,
  asked: SecretKeeperKind | undefined,
): Promise<KeeperNote | undefined> {
  for (const kind of asked === undefined ? BEST_FIRST : [asked]) {
    const note = await newNote(random, kind);
    if (note === undefined) continue;
    // The folder is ours: whether it takes a file shows when it takes the container.
    if (note.kind === 'file' || (await answers(random, openKeeper(note, '')))) return note;
  }
  return undefined;
}

/** The keeper that a note names; `secretPath` is where E lies when the keeper is the file. */
export function openKeeper(note: KeeperNote, secretPath: string): KeptSecret {
  if (note.kind === 'tpm') return openTpmSecret(note.index);
  return note.kind === 'keyring' ? openKeyringSecret(note.account) : openFileSecret(secretPath);
}

async function newNote(
  random: RandomDep['random'],
  kind: SecretKeeperKind,
): Promise<KeeperNote | undefined> {
  if (kind === 'file') return { kind };
  if (kind === 'keyring') return { kind, account: `vault-${hex.encode(random.bytes(16))}` };
  const index = await findFreeTpmIndex((below) => {
    return uint32FromBytes(random.bytes(4)) % below;
  });
  return index === undefined ? undefined : { kind, index };
}

async function answers(random: RandomDep['random'], keeper: KeptSecret): Promise<boolean> {
  const value = random.bytes(ERASABLE_SECRET_BYTES);
  if (!(await keeper.write(value)).ok) return false;
  const read = await keeper.read();
  const isGone = (await keeper.destroy()).ok;
  return isGone && read.ok && equalBytes(read.value, value);
}

import { FIRST_TPM_INDEX, LAST_TPM_INDEX } from './tpm-secret.ts';

/** Which keeper has the erasable secret of a vault, and where in it. */
export type KeeperNote =
  | { readonly kind: 'tpm'; readonly index: number }
  /** `account`: `vault-` and 32 hex digits. */
  | { readonly kind: 'keyring'; readonly account: string }
  | { readonly kind: 'file' };

/** Every note has as many bytes. */
export const KEEPER_NOTE_BYTES = 64;

/** A line of text, filled up with spaces to {@link KEEPER_NOTE_BYTES}. */
export function bytesFromKeeperNote(note: KeeperNote): Uint8Array {
  return new TextEncoder().encode(`${textOf(note).padEnd(KEEPER_NOTE_BYTES - 1)}\n`);
}

/** The note, or `undefined` for anything that {@link bytesFromKeeperNote} did not write. */
export function keeperNoteFromBytes(bytes: Uint8Array): KeeperNote | undefined {
  if (bytes.length !== KEEPER_NOTE_BYTES || bytes.at(-1) !== LINE_END) return undefined;
  const text = new TextDecoder().decode(bytes).trimEnd();
  if (text === 'file') return { kind: 'file' };
  const account = /^keyring (vault-[0-9a-f]{32})$/.exec(text)?.[1];
  if (account !== undefined) return { kind: 'keyring', account };
  const index = Number.parseInt(/^tpm 0x([0-9a-f]{8})$/.exec(text)?.[1] ?? '', 16);
  const isOurs = index >= FIRST_TPM_INDEX && index <= LAST_TPM_INDEX;
  return isOurs ? { kind: 'tpm', index } : undefined;
}

const LINE_END = 10;

function textOf(note: KeeperNote): string {
  if (note.kind === 'tpm') return `tpm 0x${note.index.toString(16).padStart(8, '0')}`;
  return note.kind === 'keyring' ? `keyring ${note.account}` : 'file';
}

import { equalBytes, expose, type Redacted } from '@pars/base';

/** Passwords of a new vault: 1 to 1,024 bytes each, all different. */
export interface NewPasswords {
  /** Opens volume 0. Whoever needs no hidden volume uses this one alone. */
  readonly decoy: Redacted<Uint8Array>;
  /** Opens both volumes; without it, volume 1 does not exist and nothing shows that. */
  readonly hidden?: Redacted<Uint8Array>;
  /** Opens volume 0 and destroys E. */
  readonly duress?: Redacted<Uint8Array>;
}

/** The most bytes of a password. */
export const MAX_PASSWORD_BYTES = 1024;

/** Whether they have a length that is allowed and differ from each other. */
export function areFit(passwords: NewPasswords): boolean {
  const all = [passwords.decoy, passwords.hidden, passwords.duress]
    .filter((password) => password !== undefined)
    .map((password) => expose(password));
  const isDifferent = all.every((one, at) =>
    all.every((other, index) => at === index || !equalBytes(one, other)),
  );
  return isDifferent && all.every(({ length }) => length >= 1 && length <= MAX_PASSWORD_BYTES);
}

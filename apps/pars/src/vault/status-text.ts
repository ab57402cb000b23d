import type { VaultStatus } from '@pars/api/client';
import { textFromBytes } from '../size-text.ts';

/** Seconds between two ticks (PIP-3000 §8). */
const TICK_SECONDS = 30;

/** The lines of `pars vault status`. */
export function linesFromVault(vault: VaultStatus): readonly string[] {
  if (vault.state === 'none') return ['vault    none yet; `pars vault create` makes one'];
  const { tier, diskBytes, keeper, idleLockMinutes, room, unsaved } = vault;
  const size = diskBytes === undefined ? '' : `, ${textFromBytes(diskBytes)} on the disk`;
  return [
    `vault    ${vault.state === 'open' ? 'unlocked' : 'locked'}`,
    ...(tier === undefined ? [] : [`size     tier ${tier}${size}`]),
    ...(keeper === undefined ? [] : [`secret   ${textByKeeper[keeper]}`]),
    ...(idleLockMinutes === undefined ? [] : [`locks    ${lockText(idleLockMinutes)}`]),
    ...(unsaved === undefined ? [] : [`changes  ${savingText(unsaved)}`]),
    ...(room === undefined
      ? []
      : [`room     ${textFromBytes(room.usedBytes)} of ${textFromBytes(room.capacityBytes)} used`]),
    ...marginLines(vault),
    ...(vault.extraFlushesLeft === undefined
      ? []
      : [`today    ${vault.extraFlushesLeft} of 64 extra flushes left; each lock takes one`]),
  ];
}

/** How long so many ticks are, in words: `4 h 15 min`. */
export function useTextFromTicks(ticks: number): string {
  const minutes = Math.floor((ticks * TICK_SECONDS) / 60);
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

const textByKeeper: Readonly<Record<NonNullable<VaultStatus['keeper']>, string>> = {
  tpm: "in this machine's TPM: what is erased there is gone",
  keyring: "in the system's keyring: what runs as you can read it after you logged in",
  file: 'in a file beside the vault: BEST EFFORT; a solid-state disk, a snapshot or a backup may keep what was erased, and a copy of the disk has it',
};

function lockText(minutes: number): string {
  if (minutes === 0) return 'never by itself: unattended use wears away what was not opened';
  return `by itself after ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} without use`;
}

function savingText(isUnsaved: boolean): string {
  return isUnsaved ? 'saving: on the disk within half a minute' : 'saved';
}

function marginLines({ marginTicks, marginAtUnlockTicks }: VaultStatus): readonly string[] {
  if (marginTicks === undefined) return [];
  const atUnlock =
    marginAtUnlockTicks === undefined
      ? ''
      : ` (${useTextFromTicks(marginAtUnlockTicks)} were left when it was unlocked)`;
  return [
    `margin   ${useTextFromTicks(marginTicks)} of use without this profile, and all of it is still here${atUnlock}`,
  ];
}

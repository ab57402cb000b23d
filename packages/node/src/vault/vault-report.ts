import type { DiagnosticCheck, VaultStatus } from '@pars/api';
import { type Failure, ok, type Result } from '@pars/base';
import { CHECK_IN_SLOTS, countCheckInSlots } from './check-in-slots.ts';
import type { OpenedVault } from './opened-vault.ts';
import type { VaultKeeper } from './vault-keeper.ts';

/** What is told of the vault. While it is locked, nothing depends on what it hides. */
export async function vaultStatus(
  keeper: VaultKeeper,
  idleLockMinutes: number,
): Promise<Result<VaultStatus, Failure>> {
  const seen = await keeper.look();
  if (!seen.ok) return seen;
  if (seen.value === undefined) return ok({ state: 'none', idleLockMinutes });
  const { diskBytes, keeper: secretKeeper, tier } = seen.value;
  const outside = { tier, diskBytes, keeper: secretKeeper, idleLockMinutes };
  const opened = keeper.opened();
  if (opened === undefined) return ok({ state: 'locked', ...outside });
  return ok({ state: 'open', ...outside, ...insideOf(opened, keeper) });
}

function insideOf(opened: OpenedVault, keeper: VaultKeeper): Omit<VaultStatus, 'state'> {
  const { database, marginAtUnlock, vault, volume } = opened;
  const { maxPages, pages } = database.room();
  const margin = volume.marginFlushes();
  return {
    room: {
      usedBytes: pages * volume.pageBytes,
      capacityBytes: maxPages * volume.pageBytes,
    },
    unsaved: opened.isUnsaved || keeper.current()?.isUnsaved === true,
    extraFlushesLeft: vault.extraFlushesLeft(),
    ...(margin === undefined ? {} : { marginTicks: Math.max(0, margin) }),
    ...(marginAtUnlock === undefined ? {} : { marginAtUnlockTicks: Math.max(0, marginAtUnlock) }),
  };
}

/** Reads everything that is open and says what is damaged; of a locked vault, what can be seen of it. */
export async function checkVault(keeper: VaultKeeper): Promise<readonly DiagnosticCheck[]> {
  const seen = await keeper.look();
  const opened = keeper.opened();
  const checks = [checkPlace(seen)];
  if (opened === undefined) {
    return [...checks, { name: 'open', ok: true, detail: 'Locked: nothing in it can be checked.' }];
  }
  return [...checks, checkPages(opened), ...(await checkDatabase(opened)), ...checkMargin(opened)];
}

function checkPlace(seen: Awaited<ReturnType<VaultKeeper['look']>>): DiagnosticCheck {
  const name = 'place';
  if (!seen.ok) {
    return { name, ok: false, detail: `The vault cannot be read (${seen.error.code}).` };
  }
  if (seen.value === undefined) return { name, ok: true, detail: 'There is no vault yet.' };
  const { diskBytes, keeper, tier } = seen.value;
  const detail = `Size ${tier}, ${diskBytes} bytes; the erasable secret lies in the ${KEEPERS[keeper]}.`;
  return { name, ok: true, detail };
}

function checkPages({ volume }: OpenedVault): DiagnosticCheck {
  const lost = volume.lostPages();
  const detail =
    lost === 0
      ? `All ${volume.pages().length} pages are there.`
      : `${lost} pages are lost: restore a backup.`;
  return { name: 'pages', ok: lost === 0, detail };
}

async function checkDatabase({ database }: OpenedVault): Promise<readonly DiagnosticCheck[]> {
  const read = await database.read((sql) => ({
    faults: sql.all('PRAGMA integrity_check(8)').filter((row) => !Object.values(row).includes('ok'))
      .length,
    orphans: sql.all('PRAGMA foreign_key_check').length,
    slots: countCheckInSlots(sql),
  }));
  if (!read.ok) {
    return [{ name: 'database', ok: false, detail: 'The vault was locked meanwhile.' }];
  }
  const { faults, orphans, slots } = read.value;
  return [
    {
      name: 'database',
      ok: faults === 0,
      detail: faults === 0 ? 'Its pages fit together.' : 'It is damaged: restore a backup.',
    },
    {
      name: 'references',
      ok: orphans === 0,
      detail: orphans === 0 ? 'No row points to nothing.' : `${orphans} rows point to nothing.`,
    },
    {
      name: 'slots',
      ok: slots === CHECK_IN_SLOTS,
      detail: `${slots} of ${CHECK_IN_SLOTS} check-in slots are whole.`,
    },
  ];
}

/** Only what can be overwritten unseen has a margin. */
function checkMargin({ marginAtUnlock, volume }: OpenedVault): readonly DiagnosticCheck[] {
  const margin = volume.marginFlushes();
  if (margin === undefined) return [];
  const then = marginAtUnlock ?? margin;
  const detail =
    then < 0
      ? 'This profile was away for too long: something is lost. Restore a backup.'
      : `This profile survives ${Math.max(0, margin)} more ticks without it; ${then} were left when it was unlocked.`;
  return [{ name: 'margin', ok: then >= 0, detail }];
}

const KEEPERS: Readonly<Record<'tpm' | 'keyring' | 'file', string>> = {
  tpm: 'TPM',
  keyring: 'keyring of the system',
  file: 'file beside it, where erasing is best effort',
};
